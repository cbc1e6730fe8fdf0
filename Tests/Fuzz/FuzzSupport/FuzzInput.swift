import Glibc

/// The bytes under way, also kept in a file that outlives the process, however it ends.
package struct FuzzInput {
    /// Larger inputs are cut.
    package static let bytesMax = 1 << 20

    private static let slip = InputSlip()

    package let bytes: [UInt8]

    /// Copies what libFuzzer lends.
    package init(_ start: UnsafePointer<UInt8>?, _ count: Int) {
        bytes = Array(UnsafeBufferPointer(start: start, count: min(count, Self.bytesMax)))
        Self.slip.note(bytes)
    }
}

/// A property of the fuzzed code; a broken one ends the process, which is what a fuzzer looks for.
package func insist(_ holds: Bool, _ broken: @autoclosure () -> String) {
    if !holds { fatalError("a property does not hold: \(broken())") }
}

/// A mapped file: eight bytes of length, lowest first, and the bytes.
private struct InputSlip: Sendable {
    /// An address, so that the slip may be shared; 0: nothing is kept.
    private let address: UInt

    /// Without FLOTILLA_FUZZ_INPUT nothing is kept.
    init() {
        let size = FuzzInput.bytesMax + 8
        guard let path = getenv("FLOTILLA_FUZZ_INPUT") else {
            address = 0
            return
        }
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0, ftruncate(file, size) == 0 else { fatalError("cannot write \(String(cString: path))") }
        let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
        guard let memory, memory != MAP_FAILED else { fatalError("cannot map \(String(cString: path))") }
        address = UInt(bitPattern: memory)
        close(file)
    }

    func note(_ bytes: [UInt8]) {
        guard let memory = UnsafeMutableRawPointer(bitPattern: address) else { return }
        memory.storeBytes(of: UInt64(bytes.count).littleEndian, as: UInt64.self)
        bytes.withUnsafeBytes { (memory + 8).copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: $0.count) }
    }
}
