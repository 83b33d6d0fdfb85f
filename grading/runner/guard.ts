/**
 * What WebAssembly may reach while learner code runs: files in memory, clocks, randomness, its own memory. Everything else
 * that Pyodide gives it, JavaScript above all, is closed then, so nothing that a cell does can outlast its interpreter's memory.
 *
 * The list is of what is open: what a later Pyodide adds is closed.
 */

/** Stateless, or put back between notebooks with memory and files. */
const OPEN = new Set(
  ("_Py_CheckEmscriptenSignals_Helper _PyEM_TrampolineCall_JS _Py_emscripten_runtime _maybe_poll_async _try_fcntl64 " +
    "fd_read fd_write fd_close fd_seek fd_pread fd_pwrite fd_sync fd_fdstat_get environ_get environ_sizes_get " +
    "clock_time_get clock_res_get random_get proc_exit emscripten_date_now emscripten_get_now emscripten_get_heap_max " +
    "emscripten_resize_heap _tzset_js _timegm_js _mktime_js _localtime_js _gmtime_js _mmap_js _munmap_js _msync_js " +
    "_abort_js _dlsym_js __call_sighandler __syscall_getuid32_js __syscall_umask_js _emscripten_get_progname _emscripten_runtime_keepalive_clear " +
    "__syscall_fcntl64 __syscall_openat __syscall_ioctl __syscall_faccessat __syscall_chdir __syscall_fchdir " +
    "__syscall_chmod __syscall_fchmod __syscall_fchmodat2 __syscall_fchown32 __syscall_fchownat __syscall_dup __syscall_dup3 " +
    "__syscall_fdatasync __syscall_fstat64 __syscall_stat64 __syscall_newfstatat __syscall_lstat64 " +
    "__syscall_ftruncate64 __syscall_truncate64 __syscall_getcwd __syscall_getdents64 __syscall_mkdirat " +
    "__syscall_poll __syscall_fadvise64 __syscall_fallocate __syscall_readlinkat __syscall_unlinkat __syscall_rmdir " +
    "__syscall_renameat __syscall_statfs64 __syscall_fstatfs64 __syscall_symlinkat __syscall_utimensat").split(" "),
);

/** Leave something in JavaScript: an interpreter that used one of them is not used again. */
const SPENDING = new Set(
  "_dlopen_js ffi_call_js ffi_closure_alloc_js ffi_closure_free_js ffi_prep_closure_loc_js __syscall_pipe".split(" "),
);

/** What these answer instead, as on a machine that has no such thing. */
const ENOSYS = -52;
const ABSENT: Record<string, number> = {
  can_run_sync_js: 0,
  _setitimer_js: 0,
  _emscripten_system: -1,
  getprotobyname: 0,
  getaddrinfo: ENOSYS,
  getnameinfo: ENOSYS,
};

/**
 * What Emscripten makes of a JavaScript function that is to have an address: a module that imports `e.f` and exports it as
 * `f`. Source: Emscripten, src/lib/libaddfunction.js.
 */
const WRAPPER_END = [2, 7, 1, 1, 101, 1, 102, 0, 0, 7, 5, 1, 1, 102, 0, 0];
const LARGEST_WRAPPER = 128;

type Imported = ((...given: unknown[]) => unknown) & { sig?: string };

/** Learner code asked for what is closed; its interpreter does not go on. */
export class Closed extends Error {}

export class Guard {
  /** Learner code runs. */
  locked = false;
  /** It has used what outlasts it. */
  spent = false;

  /** Put the guard into the place of what WebAssembly imports. Functions keep their signatures, which the linker reads. */
  watch(imports: WebAssembly.Imports): void {
    const known = new Map<Imported, Imported>(); // the linker tells functions apart by what they are
    for (const space of ["env", "wasi_snapshot_preview1"]) {
      const functions = imports[space] as Record<string, Imported>;
      for (const [name, original] of Object.entries(functions)) {
        if (typeof original !== "function" || OPEN.has(name)) continue;
        const guarded = known.get(original) ?? Object.assign(this.#guarded(name, original), original);
        known.set(original, guarded);
        functions[name] = guarded;
      }
    }
  }

  /** Let nobody compile WebAssembly while learner code runs: it could import whatever there is. */
  watchCompiler(): void {
    const refuse = (what: object) => {
      if (this.locked && !(what instanceof Module) && !isWrapper(what as BufferSource)) throw new Closed("WebAssembly");
    };
    const guarded = <F extends (what: never, ...more: never[]) => unknown>(original: F) =>
      new Proxy(original, {
        apply(target, self, given: [never]) {
          refuse(given[0]);
          return Reflect.apply(target, self, given);
        },
      });
    const { Module, compile, instantiate } = WebAssembly;
    const construct = (target: typeof Module, [bytes]: [BufferSource]) => {
      refuse(bytes);
      return new target(bytes);
    };
    Object.assign(WebAssembly, {
      Module: new Proxy(Module, { construct }),
      compile: guarded(compile),
      instantiate: guarded(instantiate),
    });
  }

  #guarded(name: string, original: Imported): Imported {
    const spends = SPENDING.has(name);
    const absent = ABSENT[name] ?? (name.startsWith("__syscall_") ? ENOSYS : undefined);
    return (...given) => {
      if (!this.locked) return original(...given);
      if (spends) {
        this.spent = true;
        return original(...given);
      }
      if (absent !== undefined) return absent;
      throw new Closed(name);
    };
  }
}

function isWrapper(source: BufferSource): boolean {
  const bytes = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
  const end = bytes.subarray(-WRAPPER_END.length);
  return bytes.length <= LARGEST_WRAPPER && WRAPPER_END.every((byte, at) => end[at] === byte);
}
