internal import CLinuxIO

/// The system's text for an errno value.
package func systemErrorText(_ code: Int32) -> String {
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 128) { buffer, count in
        unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
            guard let base = characters.baseAddress else { return }
            unsafe flotilla_error_text(code, base, characters.count)
        }
        count = unsafe buffer.firstIndex(of: 0) ?? 0
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// Nanoseconds of the monotonic clock.
package func monotonicNanoseconds() -> UInt64 {
    flotilla_monotonic_nanoseconds()
}

/// Makes writes to a closed socket fail instead of ending the process.
///
/// First thing in `main`.
package func ignoreBrokenPipes() {
    flotilla_ignore_broken_pipe()
}

/// Bounds the silence of a peer: unacknowledged data and keep-alive probes end the connection after about `timeout`.
///
/// Does nothing for sockets that are not TCP.
package func boundSilence(ofSocket descriptor: Int32, to timeout: Duration) {
    let seconds = Int32(clamping: max(3, timeout.components.seconds))
    _ = flotilla_set_user_timeout(descriptor, UInt32(clamping: timeout.components.seconds * 1000))
    _ = flotilla_set_keep_alive(descriptor, seconds / 3, max(1, seconds / 3), 2)
    _ = flotilla_set_no_delay(descriptor)
}

/// Numeric addresses of a host name.
///
/// Blocks: call it on a `BlockingPool`.
package func resolveAddresses(of host: String) throws(ReactorError) -> [String] {
    var code: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 1024) { buffer, count in
        unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
            guard let base = characters.baseAddress else { return }
            unsafe base.pointee = 0
            code = unsafe flotilla_resolve(host, base, characters.count)
        }
        count = unsafe buffer.firstIndex(of: 0) ?? 0
    }
    guard code == 0 else {
        throw .unresolved(host: host, reason: unsafe String(cString: flotilla_resolve_text(code)))
    }
    let addresses = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    var seen: Set<String> = []
    let distinct = addresses.filter { seen.insert($0).inserted }
    guard !distinct.isEmpty else { throw .unresolved(host: host, reason: "no address") }
    return distinct
}
