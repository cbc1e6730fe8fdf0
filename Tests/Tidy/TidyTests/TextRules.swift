/// Rules for every text, prose and comments included.
enum TextRules {
    // Written apart, so that this file does not find itself.
    private static let promise = Pattern(#"\b(?:TO"# + #"DO|FIX"# + #"ME|X"# + #"XX)\b(?!\(#\d+\))"#)
    private static let machinePath = Pattern(#"(?<![\w.\-])/(?:wo"# + #"rk/(?:main|shared)\b|tm"# + #"p/b-|ho"# + #"me/\w)"#)

    static func promises(in file: SourceFile) -> [Finding] {
        file.isGenerated ? [] : findings("promise without an issue", promise, in: file)
    }

    static func machinePaths(in file: SourceFile) -> [Finding] { findings("machine path", machinePath, in: file) }

    private static func findings(_ rule: String, _ pattern: Pattern, in file: SourceFile) -> [Finding] {
        file.lineNumbers(of: pattern, in: \.text).map { Finding(rule: rule, path: file.path, line: $0, text: file.line($0)) }
    }
}
