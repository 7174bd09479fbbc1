#!/bin/bash
docker pull nginx
