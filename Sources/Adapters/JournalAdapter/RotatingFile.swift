import Glibc

/// A file that is renamed when it is full: `main.log`, `main.log.1`, … up to a number of files.
///
/// Whole lines only: one that could be written in part is taken back. Used by one thread at a time.
struct RotatingFile: ~Copyable {
    /// What the system refused.
    struct Failure: Error, Hashable, CustomStringConvertible {
        let act: String
        let path: String
        let code: Int32

        var description: String { "\(path) cannot be \(act): \(unsafe String(cString: strerror(code)))" }
    }

    private let folder: String
    private let name: String
    private let bytesMax: Int
    private let files: Int
    private var descriptor: Int32?
    private var size = 0

    init(folder: String, name: String, bytesMax: Int, files: Int) {
        self.folder = folder
        self.name = name
        self.bytesMax = bytesMax
        self.files = files
    }

    deinit {
        if let descriptor { close(descriptor) }
    }

    private var path: String { "\(folder)/\(name)" }

    /// Appends lines; what was written before a failure stays.
    /// - Returns: how many lines were written, and why not more.
    mutating func append(_ lines: some Collection<String>) -> (written: Int, failure: Failure?) {
        var written = 0
        do {
            try reopenIfMoved()
            for line in lines {
                let bytes = Array(line.utf8)
                if size > 0, size + bytes.count > bytesMax { try rotate() }
                try write(bytes)
                written += 1
            }
            return (written, nil)
        } catch {
            letGo()
            return (written, error)
        }
    }

    // MARK: Opening

    /// Somebody renamed or removed the file under us: the next line belongs into a new one.
    private mutating func reopenIfMoved() throws(Failure) {
        if let descriptor {
            var (own, named) = (stat(), stat())
            let areThere = unsafe fstat(descriptor, &own) == 0 && stat(path, &named) == 0
            if areThere, own.st_ino == named.st_ino, own.st_dev == named.st_dev { return }
            letGo()
        }
        try makeFolder()
        let opened = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0o640)
        guard opened >= 0 else { throw Failure(act: "opened", path: path, code: errno) }
        var found = stat()
        guard unsafe fstat(opened, &found) == 0, found.st_mode & S_IFMT == S_IFREG else {
            close(opened)
            throw Failure(act: "used, it is no plain file", path: path, code: EINVAL)
        }
        descriptor = opened
        size = Int(found.st_size)
    }

    private func makeFolder() throws(Failure) {
        var made = folder.hasPrefix("/") ? "/" : ""
        for part in folder.split(separator: "/") {
            made += made.isEmpty || made.hasSuffix("/") ? String(part) : "/\(part)"
            guard unsafe mkdir(made, 0o750) == 0 || errno == EEXIST || errno == EISDIR else {
                // A folder above that may not be written, but stands, is no obstacle.
                let code = errno
                if unsafe access(made, F_OK) == 0 { continue }
                throw Failure(act: "made", path: made, code: code)
            }
        }
    }

    private mutating func letGo() {
        if let descriptor { close(descriptor) }
        descriptor = nil
    }

    // MARK: Writing

    private mutating func write(_ bytes: [UInt8]) throws(Failure) {
        guard let descriptor else { throw Failure(act: "written", path: path, code: EBADF) }
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes[done...].withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                done += count
            } else if errno != EINTR {
                let code = errno
                if done > 0 { ftruncate(descriptor, off_t(size)) }
                throw Failure(act: "written", path: path, code: code)
            }
        }
        size += bytes.count
    }

    /// The oldest goes, each becomes one older, and a new file begins.
    private mutating func rotate() throws(Failure) {
        letGo()
        if files == 1 {
            unsafe unlink(path)
        } else {
            for number in stride(from: files - 1, through: 1, by: -1) {
                let from = number == 1 ? path : "\(path).\(number - 1)"
                guard unsafe rename(from, "\(path).\(number)") == 0 || errno == ENOENT else {
                    throw Failure(act: "renamed", path: from, code: errno)
                }
            }
        }
        try reopenIfMoved()
    }
}
