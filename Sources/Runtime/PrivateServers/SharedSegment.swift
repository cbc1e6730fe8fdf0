import Glibc

/// A System V segment of shared memory.
///
/// PostgreSQL keeps a small one per cluster, and SIGKILL leaves it behind.
struct SharedSegment {
    let id: Int32

    /// How many processes have it mapped; `nil` when it is gone.
    var attached: Int? {
        var state = shmid_ds()
        return shmctl(id, IPC_STAT, &state) == 0 ? Int(state.shm_nattch) : nil
    }

    /// Removes it, at the latest when the last process has let go.
    func remove() { shmctl(id, IPC_RMID, nil) }
}
