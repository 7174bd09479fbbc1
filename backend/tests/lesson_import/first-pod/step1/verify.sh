#!/bin/bash
kubectl get pod web -o name | grep -q web # --> done
