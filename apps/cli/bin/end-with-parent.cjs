// Preloaded into the processes that `tasker dev` starts: its end, however sudden, closes their standard input, and they stop.
process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM'));
process.stdin.on('error', () => process.kill(process.pid, 'SIGTERM'));
process.stdin.resume();
process.stdin.unref?.();
