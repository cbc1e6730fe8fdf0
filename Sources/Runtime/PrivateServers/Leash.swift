import Foundation
import Glibc
import Synchronization

/// Ends everything this process started when this process ends, however it ends.
///
/// A small shell, the *guard*, reads lines from a socket whose other end only this process holds. Each line adds or removes a
/// process group or a folder. At the end of input, which the kernel brings even after SIGKILL, the guard ends the groups and
/// removes the folders. It stands in a group of its own, so that Ctrl-C in a terminal does not reach it.
final class Leash: Sendable {
    /// The one of this process.
    static let shared = Leash()

    /// Set in the environment of every child, so that the guard finds descendants that left their group.
    static let key = "FLOTILLA_LEASH"
    let tag = UUID().uuidString

    private struct Guard {
        let pid: pid_t
        let socket: Int32
    }

    private struct State {
        var guardian: Guard?
        var held: [String] = []
    }

    private let state = Mutex(State())

    private init() {
        atexit { Leash.shared.endNow() }
    }

    /// Takes a process group on; at the end it gets `last` and, ten seconds later, SIGKILL.
    func hold(group: pid_t, last: Signal) throws(ServerError) {
        try add("group \(last.shellName) \(group)")
    }

    /// Lets a group go that has ended.
    func release(group: pid_t, last: Signal) { remove("group \(last.shellName) \(group)") }

    /// Takes a folder on; at the end it is removed after all groups.
    func hold(folder: String) throws(ServerError) { try add("folder \(folder)") }

    /// Lets a folder go that was removed.
    func release(folder: String) { remove("folder \(folder)") }

    private func add(_ entry: String) throws(ServerError) {
        try state.withLock { state throws(ServerError) in
            state.held.append(entry)
            if let guardian = state.guardian, tell(guardian, "+\(entry)") { return }
            try renew(&state)
        }
    }

    private func remove(_ entry: String) {
        state.withLock { state in
            state.held.removeAll { $0 == entry }
            // A guard that is gone holds nothing; the next `add` starts another with all that is held then.
            if let guardian = state.guardian { _ = tell(guardian, "-\(entry)") }
        }
    }

    /// Starts a guard (again, if someone ended the last) and tells it everything that is held.
    private func renew(_ state: inout State) throws(ServerError) {
        if let old = state.guardian {
            close(old.socket)
            collect(old.pid)
        }
        let guardian = try Self.start(tag: tag)
        state.guardian = guardian
        for entry in state.held {
            guard tell(guardian, "+\(entry)") else { throw .cannotStart(program: "leash", reason: systemText(errno)) }
        }
    }

    private func tell(_ guardian: Guard, _ line: String) -> Bool {
        SocketPair.send(line, to: guardian.socket)
    }

    /// At a normal exit: the guard does its work while this process waits for it.
    private func endNow() {
        state.withLock { state in
            guard let guardian = state.guardian else { return }
            state.guardian = nil
            close(guardian.socket)
            collect(guardian.pid)
        }
    }

    private func collect(_ pid: pid_t) {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    }

    private static func start(tag: String) throws(ServerError) -> Guard {
        let pair = try SocketPair()
        defer { close(pair.far) }
        let nowhere = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nowhere) }
        do throws(ServerError) {
            // Only PATH: a tag of a leash above must not be found in the guard itself.
            let spawn = Spawn(
                program: "/bin/sh",
                arguments: ["-c", script, "flotilla-leash", "\(key)=\(tag)"],
                environment: ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
                input: pair.far,
                output: nowhere,
                errors: nowhere
            )
            return Guard(pid: try spawn(), socket: pair.near)
        } catch {
            close(pair.near)
            throw error
        }
    }

    /// The guard; its positional parameters are the list of what is held; removal rotates through it once.
    private static let script = """
        trap '' HUP INT TERM QUIT
        cd /
        tag=$1
        shift
        while IFS= read -r line; do
            case $line in
                +*) set -- "$@" "${line#+}" ;;
                -*) for held do shift; [ "$held" = "${line#-}" ] || set -- "$@" "$held"; done ;;
            esac
        done
        for held do
            case $held in
                'group '*) set_=${held#group }; kill -s "${set_% *}" -- "-${set_#* }"; kill -s CONT -- "-${set_#* }" ;;
            esac
        done
        tries=200
        while [ $tries -gt 0 ]; do
            alive=
            for held do
                case $held in 'group '*) kill -s 0 -- "-${held##* }" && alive=yes ;; esac
            done
            [ -n "$alive" ] || break
            tries=$((tries - 1))
            sleep 0.05
        done
        for held do
            case $held in 'group '*) kill -s KILL -- "-${held##* }" ;; esac
        done
        for file in $(grep -lsxzF "$tag" /proc/[0-9]*/environ); do
            pid=${file#/proc/}
            kill -s KILL "${pid%/environ}"
        done
        while read -r key id mode size creator others; do
            for held do
                case $held in "group "*" $creator") ipcrm -m "$id" ;; esac
            done
        done </proc/sysvipc/shm
        for again in 1 2; do
            for held do
                case $held in 'folder '*) rm -rf -- "${held#folder }" ;; esac
            done
            for held do
                case $held in 'folder '*) [ -e "${held#folder }" ] && sleep 0.3 ;; esac
            done
        done
        """
}
