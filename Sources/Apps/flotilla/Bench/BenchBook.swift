import Foundation

/// `docs/benchmarks.md`: one section for each bench, the last run replaces the one before.
struct BenchBook {
    let path: String

    private static let opening = """
        # Benchmarks

        Written by `make bench`; each section is the last run of its bench. Only what stands in one section may be compared: the
        machine, its load and the versions differ between runs. `flotilla bench NAME --help` tells how to run one.
        """

    /// Replaces the section, or adds it at the end.
    func write(_ body: String, section: String) throws {
        let old = FileManager.default.fileExists(atPath: path) ? try String(contentsOfFile: path, encoding: .utf8) : Self.opening
        var parts = old.trimmingCharacters(in: .newlines).components(separatedBy: "\n## ")
        let part = section + "\n\n" + body
        if let place = parts.dropFirst().firstIndex(where: { $0.hasPrefix(section + "\n") }) {
            parts[place] = part
        } else {
            parts.append(part)
        }
        let text = parts.map { $0.trimmingCharacters(in: .newlines) }.joined(separator: "\n\n## ") + "\n"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }
}
