import FuzzSupport
import Glibc

/// Has three faults on purpose, by which each `make fuzz` sees that a fault ends a fuzz run, quickly and with its input.
@_cdecl("LLVMFuzzerTestOneInput")
func testPlanted(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = FuzzInput(start, count).bytes
    if bytes.starts(with: "crash".utf8) { insist(bytes.count < 5, "a planted crash") }
    if bytes.starts(with: "hang".utf8) { hang() }
    if bytes.starts(with: "eat".utf8) { eat() }
    return 0
}

/// Cannot be ended but by SIGKILL, as a process that hangs in its own crash handler.
private func hang() {
    signal(SIGALRM, SIG_IGN)
    signal(SIGTERM, SIG_IGN)
    while true { pause() }
}

/// Slowly enough to be seen.
private func eat() {
    while true {
        memset(malloc(1 << 26), 1, 1 << 26)
        poll(nil, 0, 20)
    }
}
