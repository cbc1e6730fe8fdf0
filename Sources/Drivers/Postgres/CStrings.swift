/// Texts as C strings in one piece of memory, for calls that want an array of pointers.
struct CStrings {
    private var bytes: [CChar] = []
    private var offsets: [Int] = []

    init(_ texts: [String]) {
        for text in texts {
            offsets.append(bytes.count)
            bytes += text.utf8.map { CChar(bitPattern: $0) }
            bytes.append(0)
        }
    }

    /// Calls `body` with the pointers, NULL after the last one; they are valid until it returns.
    func withPointers<R>(_ body: (UnsafePointer<UnsafePointer<CChar>?>) -> R) -> R {
        unsafe bytes.withUnsafeBufferPointer { characters in
            let pointers: [UnsafePointer<CChar>?] = unsafe offsets.map { unsafe characters.baseAddress?.advanced(by: $0) } + [nil]
            return unsafe pointers.withUnsafeBufferPointer { pointers in
                guard let base = pointers.baseAddress else { preconditionFailure("the array ends with NULL, so it has an address") }
                return unsafe body(base)
            }
        }
    }
}
