// Takes SIGTERM for heard, so that a process ends only once nothing is left that keeps it alive.
process.on('SIGTERM', () => undefined)
