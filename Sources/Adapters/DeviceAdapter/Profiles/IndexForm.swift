/// How the arcs behind a column's OID tell which ONU a row is about.
package struct IndexForm: Hashable, Sendable {
    /// What one arc, or a run of arcs, holds.
    package enum Part: Hashable, Sendable {
        /// One arc, one number.
        case number(String)
        /// One arc of bit fields, after `base` is taken off.
        case bits(base: UInt32, fields: [BitField])
        /// A length and as many arcs of ASCII.
        case text(String)
    }

    /// `width` bits from bit `shift` on.
    package struct BitField: Hashable, Sendable {
        package let name: String
        package let shift: UInt32
        package let width: UInt32

        package init(name: String, shift: UInt32, width: UInt32) {
            self.name = name
            self.shift = shift
            self.width = width
        }
    }

    package let parts: [Part]
    /// The port as people write it, with `{names}` of fields; `nil`: the index does not tell.
    package let port: String?
    /// The field that numbers the ONU on its port.
    package let onu: String?

    package init(parts: [Part], port: String?, onu: String?) {
        self.parts = parts
        self.port = port
        self.onu = onu
    }

    /// Where an ONU is, as far as its index tells.
    package struct Place: Hashable, Sendable {
        package let port: String?
        package let onuID: Int?
        package let texts: [String: String]
    }

    /// Reads the arcs of one row; the arcs behind the ONU's index must be exactly `suffix`.
    /// - Returns: the index in dotted form and the place; `nil` when the arcs do not fit.
    package func read(_ arcs: ArraySlice<UInt32>, suffix: [UInt32]) -> (index: String, place: Place)? {
        guard arcs.count > suffix.count, arcs.suffix(suffix.count).elementsEqual(suffix) else { return nil }
        let own = arcs.dropLast(suffix.count)
        var rest = own
        var numbers: [String: UInt32] = [:]
        var texts: [String: String] = [:]
        for part in parts {
            switch part {
            case .number(let name):
                guard let arc = rest.popFirst() else { return nil }
                numbers[name] = arc
            case .bits(let base, let fields):
                guard let arc = rest.popFirst(), arc >= base else { return nil }
                for field in fields { numbers[field.name] = (arc - base) >> field.shift & ((1 << field.width) - 1) }
            case .text(let name):
                guard let length = rest.popFirst(), length <= 255, rest.count >= Int(length) else { return nil }
                let bytes = rest.prefix(Int(length)).compactMap { UInt8(exactly: $0) }
                guard bytes.count == Int(length) else { return nil }
                rest = rest.dropFirst(Int(length))
                texts[name] = String(decoding: bytes, as: UTF8.self)
            }
        }
        guard rest.isEmpty else { return nil }
        let place = Place(port: port.map { Self.filled($0, numbers) }, onuID: onu.flatMap { numbers[$0] }.map(Int.init), texts: texts)
        return (own.map(String.init).joined(separator: "."), place)
    }

    /// Every name that `port` and `onu` may use.
    package var names: Set<String> {
        var names: Set<String> = []
        for part in parts {
            switch part {
            case .number(let name), .text(let name): names.insert(name)
            case .bits(_, let fields): names.formUnion(fields.map(\.name))
            }
        }
        return names
    }

    private static func filled(_ pattern: String, _ numbers: [String: UInt32]) -> String {
        var text = pattern
        for (name, number) in numbers { text = text.replacing("{\(name)}", with: String(number)) }
        return text
    }
}
