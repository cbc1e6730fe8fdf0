import Foundation

/// The files of the package that people write.
struct SourceTree: Sendable {
    /// This very package, found from where this file was compiled and read once.
    static let house = SourceTree(root: root)

    private static var root: URL {
        (0..<4).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
    }

    private static let textEndings: Set<String> = [
        "swift", "c", "h", "md", "proto", "sh", "py", "lua", "sql", "yml", "yaml", "json", "html", "css", "js", "service", "conf", "toml",
    ]
    private static let textNames: Set<String> = ["Makefile", "Dockerfile", "run"]
    private static let bytesMax = 2_000_000

    let root: URL
    /// All texts, by path.
    let texts: [SourceFile]
    /// Folders under Sources and Tests, relative to the root.
    let folders: [String]
    private let paths: Set<String>

    init(root: URL) {
        self.root = root
        var files: [SourceFile] = []
        var folders: [String] = []
        var paths: Set<String> = []
        for path in Self.walk(root) {
            paths.insert(path)
            let url = root.appendingPathComponent(path)
            if (try? url.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == true {
                if path.hasPrefix("Sources/") || path.hasPrefix("Tests/") { folders.append(path) }
            } else if Self.textEndings.contains(url.pathExtension) || Self.textNames.contains(url.lastPathComponent),
                let data = try? Data(contentsOf: url), data.count <= Self.bytesMax
            {
                files.append(SourceFile(path: path, text: String(decoding: data, as: UTF8.self)))
            }
        }
        texts = files.sorted { $0.path < $1.path }
        self.folders = folders.sorted()
        self.paths = paths
    }

    /// Swift that people wrote, under Sources and Tests.
    var swiftFiles: [SourceFile] {
        texts.filter { $0.path.hasSuffix(".swift") && !$0.isGenerated && $0.path.contains("/") }
    }

    /// True for a file or folder of the tree.
    func contains(_ path: String) -> Bool { paths.contains(path.hasSuffix("/") ? String(path.dropLast()) : path) }

    /// Everything below the root but what git and builds keep in hidden folders.
    private static func walk(_ root: URL) -> [String] {
        let hidden: Set<String> = [".git", ".swiftpm", "node_modules", "__pycache__"]
        guard let walker = FileManager.default.enumerator(atPath: root.path) else { return [] }
        var found: [String] = []
        while let path = walker.nextObject() as? String {
            let name = URL(fileURLWithPath: path).lastPathComponent
            if hidden.contains(name) || name.hasPrefix(".build") {
                walker.skipDescendants()
            } else {
                found.append(path)
            }
        }
        return found
    }
}
