"""Material and site sources in, everything under `_build/` out: the command `lessons`."""
