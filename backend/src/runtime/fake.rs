//! A runtime in memory, for tests of pure logic. Passes the same contract suite as Docker.
