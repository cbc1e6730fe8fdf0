import Domain
import Foundation

/// A violation as the record has it.
func violation(id: Int64 = 17, oltName: String = "OLT-KÖLN-01") -> ViolationRow {
    let start = Timestamp("2026-10-21T08:00:00Z") ?? Timestamp(microseconds: 0)
    return ViolationRow(
        id: id,
        oltName: oltName,
        violation: QuotaViolation(
            olt: OLTID(4),
            period: Period(start: start, end: start + .seconds(3600)),
            severity: .high,
            completion: 0.5,
            causes: [.unreachable],
            report: ["operations": .list([.object(["operation": "discovery", "required": 4, "completed": 2])])],
            createdAt: start + .seconds(3_615)
        ),
        notifiedAt: nil
    )
}

/// A folder of one's own for a test.
final class Folder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "notify-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func text(_ name: String) -> String? { try? String(contentsOfFile: "\(path)/\(name)", encoding: .utf8) }

    /// A program of shell lines.
    func program(_ name: String, _ lines: String) throws -> String {
        let file = "\(path)/\(name)"
        try "#!/bin/sh\n\(lines)\n".write(toFile: file, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
        return file
    }
}
