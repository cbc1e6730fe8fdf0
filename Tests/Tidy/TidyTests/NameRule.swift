/// A folder says what it is for.
enum NameRule {
    private static let forbidden: Set<String> = ["utils", "util", "common", "shared", "helpers", "helper", "core", "misc"]

    static func findings(folders: [String]) -> [Finding] {
        folders.compactMap { folder in
            let name = folder.split(separator: "/").last.map { $0.lowercased() } ?? ""
            guard forbidden.contains(name) else { return nil }
            return Finding(rule: "name", path: folder, line: 1, text: "a folder or target is named for what it is about")
        }
    }
}
