import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Reads one line per change: `+PID` for a server that started, `-PID` for one that ended. When its input ends, however that came about, it
 * stops what still runs and removes the emulator's folder. `q` ends it without doing anything.
 */
const script = `
trap '' INT HUP TERM QUIT
folder=$1
pids=
# A process that has ended stays in the table until its new parent asks for it, which in a container can be never.
alive() {
  kill -0 "$1" 2>/dev/null || return 1
  [ -r "/proc/$1/status" ] || return 0
  while read -r name state rest; do
    [ "$name" = State: ] || continue
    [ "$state" != Z ]
    return
  done <"/proc/$1/status"
}
while read -r line; do
  case $line in
    +*) pids="$pids \${line#+}" ;;
    -*) gone=\${line#-}; left=; for pid in $pids; do [ "$pid" = "$gone" ] || left="$left $pid"; done; pids=$left ;;
    q) exit 0 ;;
  esac
done
for pid in $pids; do kill -QUIT "$pid" 2>/dev/null; done
tries=0
while [ $tries -lt 60 ]; do
  left=
  for pid in $pids; do alive "$pid" && left="$left $pid"; done
  [ -z "$left" ] && break
  [ $tries -eq 40 ] && for pid in $left; do kill -KILL "$pid" 2>/dev/null; done
  tries=$((tries + 1))
  sleep 0.05 2>/dev/null || sleep 1
done
rm -rf "$folder"
sleep 0.2 2>/dev/null || sleep 1
rm -rf "$folder"
`;

/**
 * A tiny shell in a session of its own that outlives us for as long as it takes to stop the servers: the one thing that still works when
 * this process is killed with SIGKILL, or its whole process group is. It notices because the pipe it reads from is closed by the kernel.
 */
export class Watchdog {
  readonly #shell: ChildProcess;

  constructor(folder: string) {
    this.#shell = spawn('/bin/sh', ['-c', script, 'azure-pg-emulator-watchdog', folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
      env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
    });
    this.#shell.on('error', () => {});
    this.#shell.stdin?.on('error', () => {});
    this.#shell.unref();
    const pipe = this.#shell.stdin as unknown as { unref?: () => void } | null;
    pipe?.unref?.();
  }

  started(pid: number): void {
    this.#shell.stdin?.write(`+${pid}\n`);
  }

  ended(pid: number): void {
    this.#shell.stdin?.write(`-${pid}\n`);
  }

  /** All is stopped and removed already. */
  dismiss(): void {
    this.#shell.stdin?.end('q\n');
  }
}
