//! How the system's allocator treats memory that is free again.
//!
//! The C library on Linux keeps what threads free in areas of 64 MB, up to eight for each core, and
//! gives back only what lies at the end of one; and the largest block that was ever freed decides
//! which later ones stay in there. With a dozen threads, each of which now and then holds a picture
//! or a network's tensors, that is most of the program's memory after some minutes (measured by
//! `tests/soak.py`). Elsewhere nothing is done: other allocators give back by themselves.

/// Blocks of this size and more go back to the system as soon as they are free, in bytes. That the
/// system clears them anew does not count (integrated gradients of Lite0 took 2.33 s of processor time
/// with 1 MB and 2.34 s with 4 MB); with 4 MB the window kept 190 MB after three minutes that were free
/// between smaller blocks.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const GIVEN_BACK_AT_ONCE: i32 = 1 << 20;
/// Threads share so many areas: they rarely ask at the same moment.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const AREAS: i32 = 4;

/// Has large blocks given back at once and threads share areas. Call it before threads start.
pub fn tune() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: these only set numbers of the C library, which takes a lock for it.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, AREAS);
        libc::mallopt(libc::M_MMAP_THRESHOLD, GIVEN_BACK_AT_ONCE);
        libc::mallopt(libc::M_TRIM_THRESHOLD, GIVEN_BACK_AT_ONCE);
    }
}

/// Gives back what is free; takes some milliseconds.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it may be called at any time, from any thread.
    unsafe {
        libc::malloc_trim(0);
    }
}
