import SNMP
import Yams

/// A YAML mapping that is read key by key; what is missing, of the wrong shape or left over is told with its line.
struct YAMLTable {
    private let file: String
    private let what: String
    private let mapping: Node.Mapping
    private let line: Int
    private var seen: Set<String> = []

    init(_ node: Node, file: String, what: String) throws(ProfileFault) {
        guard case .mapping(let mapping) = node else {
            throw ProfileFault(file: file, line: node.mark?.line ?? 0, message: "\(what) is a table of keys and values")
        }
        self.file = file
        self.what = what
        self.mapping = mapping
        line = node.mark?.line ?? 0
    }

    func has(_ key: String) -> Bool { mapping[Node(key)] != nil }

    var keys: [String] { mapping.compactMap { $0.key.string } }

    func fault(_ key: String, _ message: String) -> ProfileFault {
        ProfileFault(file: file, line: mapping[Node(key)]?.mark?.line ?? line, message: "\(what), \(key): \(message)")
    }

    /// Refuses keys that nobody asked for.
    func finish(allowed: [String]? = nil) throws(ProfileFault) {
        let allowed = allowed ?? seen.sorted()
        for (key, _) in mapping {
            guard let name = key.string, seen.contains(name) else {
                let text = "there is no key \"\(key.string ?? "?")\"; allowed: \(allowed.joined(separator: ", "))"
                throw ProfileFault(file: file, line: key.mark?.line ?? line, message: "\(what): \(text)")
            }
        }
    }

    mutating func text(_ key: String) throws(ProfileFault) -> String {
        guard let text = try node(key).string, !text.isEmpty else { throw fault(key, "a text is needed") }
        return text
    }

    mutating func word(_ key: String, allowed: [String]) throws(ProfileFault) -> String {
        let word = try text(key)
        guard allowed.contains(word) else { throw fault(key, "\"\(word)\" is not known; allowed: \(allowed.joined(separator: ", "))") }
        return word
    }

    mutating func texts(_ key: String) throws(ProfileFault) -> [String] {
        guard has(key) else {
            seen.insert(key)
            return []
        }
        guard let list = try node(key).sequence else { throw fault(key, "a list is needed") }
        let texts = list.compactMap(\.string)
        guard texts.count == list.count else { throw fault(key, "a list of plain values is needed") }
        return texts
    }

    mutating func words(_ key: String, allowed: [String]) throws(ProfileFault) -> [String] {
        let words = try texts(key)
        guard let unknown = words.first(where: { !allowed.contains($0) }) else { return words }
        throw fault(key, "\"\(unknown)\" is not known; allowed: \(allowed.joined(separator: ", "))")
    }

    mutating func bool(_ key: String) throws(ProfileFault) -> Bool {
        guard let bool = try node(key).bool else { throw fault(key, "true or false is needed") }
        return bool
    }

    mutating func double(_ key: String) throws(ProfileFault) -> Double {
        guard let number = try node(key).float else { throw fault(key, "a number is needed") }
        return number
    }

    mutating func doubles(_ key: String) throws(ProfileFault) -> [Double] {
        let texts = try texts(key)
        let numbers = texts.compactMap(Double.init)
        guard numbers.count == texts.count else { throw fault(key, "a list of numbers is needed") }
        return numbers
    }

    mutating func whole(_ key: String, in range: ClosedRange<Int64>) throws(ProfileFault) -> Int64 {
        guard let number = Int64(try text(key)), range.contains(number) else {
            throw fault(key, "a whole number is needed; allowed: \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    mutating func wholes(_ key: String) throws(ProfileFault) -> [Int64] {
        let texts = try texts(key)
        let numbers = texts.compactMap { Int64($0) }
        guard numbers.count == texts.count else { throw fault(key, "a list of whole numbers is needed") }
        return numbers
    }

    mutating func oid(_ key: String) throws(ProfileFault) -> OID {
        try oid(try text(key), key)
    }

    /// One OID, or a list of them; none when the key is missing.
    mutating func oids(_ key: String) throws(ProfileFault) -> [OID] {
        var oids: [OID] = []
        for text in try textOrTexts(key) { oids.append(try oid(text, key)) }
        return oids
    }

    /// One text, or a list of them; none when the key is missing.
    mutating func textOrTexts(_ key: String) throws(ProfileFault) -> [String] {
        guard has(key), try node(key).sequence == nil else { return try texts(key) }
        return [try text(key)]
    }

    private func oid(_ text: String, _ key: String) throws(ProfileFault) -> OID {
        guard let oid = OID(text), oid.arcs.count >= 2 else { throw fault(key, "\"\(text)\" is no numeric OID, such as 1.3.6.1.4.1") }
        return oid
    }

    /// Arcs of an OID; none when the key is missing.
    mutating func arcs(_ key: String) throws(ProfileFault) -> [UInt32] {
        let wholes = try wholes(key)
        let arcs = wholes.compactMap { UInt32(exactly: $0) }
        guard arcs.count == wholes.count else { throw fault(key, "arcs are whole numbers from 0 to \(UInt32.max)") }
        return arcs
    }

    /// One table, or a list of them.
    mutating func tableOrTables(_ key: String) throws(ProfileFault) -> [YAMLTable] {
        try node(key).sequence == nil ? [table(key)] : tables(key)
    }

    mutating func table(_ key: String) throws(ProfileFault) -> YAMLTable {
        try YAMLTable(try node(key), file: file, what: key)
    }

    mutating func tables(_ key: String) throws(ProfileFault) -> [YAMLTable] {
        guard let list = try node(key).sequence else { throw fault(key, "a list of tables is needed") }
        var tables: [YAMLTable] = []
        for item in list { tables.append(try YAMLTable(item, file: file, what: key)) }
        return tables
    }

    /// Every entry as text and text.
    mutating func pairs() throws(ProfileFault) -> [(key: String, text: String)] {
        var pairs: [(String, String)] = []
        for (key, value) in mapping {
            guard let name = key.string, let text = value.string, !text.isEmpty else {
                throw ProfileFault(file: file, line: key.mark?.line ?? line, message: "\(what): keys with words are needed")
            }
            pairs.append((name, text))
        }
        return pairs
    }

    private mutating func node(_ key: String) throws(ProfileFault) -> Node {
        seen.insert(key)
        guard let node = mapping[Node(key)] else {
            throw ProfileFault(file: file, line: line, message: "\(what): the key \"\(key)\" is missing")
        }
        return node
    }
}
