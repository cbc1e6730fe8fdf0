internal import Glibc

/// Why a file cannot be read.
package struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
    package var file: String
    /// `errno`.
    package var code: Int32

    package init(file: String, code: Int32) {
        self.file = file
        self.code = code
    }

    package var description: String {
        "\(file): cannot be read: \(SystemText.of(code))"
    }
}

/// What the system says about an `errno`.
enum SystemText {
    static func of(_ code: Int32) -> String {
        unsafe String(cString: strerror(code))
    }
}

/// Reads whole files without Foundation.
package enum FileBytes {
    package static func read(_ file: String) throws(FileError) -> [UInt8] {
        let descriptor = unsafe open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(file: file, code: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw FileError(file: file, code: errno) }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }
}
