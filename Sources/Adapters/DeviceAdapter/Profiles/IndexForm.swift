package import SNMP

/// How the arcs behind a column's OID tell which ONU a row is about.
package struct IndexForm: Hashable, Sendable {
    /// What one arc, or a run of arcs, holds.
    package enum Part: Hashable, Sendable {
        /// One arc, one number.
        case number(String)
        /// One arc of bit fields, after `base` is taken off; `whole` names the arc as it came.
        case bits(base: UInt32, fields: [BitField], whole: String? = nil)
        /// A length and as many arcs of ASCII.
        case text(String)
    }

    /// `width` bits from bit `shift` on.
    package struct BitField: Hashable, Sendable {
        package let name: String
        package let shift: UInt32
        package let width: UInt32
        /// Added to the bits, where a vendor counts from another number than people do.
        package let add: Int64
        /// The bits of a row that is an ONU; `nil`: any.
        package let only: UInt32?
        /// Bits of rows that another form reads; `nil`: none.
        package let except: UInt32?

        package init(name: String, shift: UInt32, width: UInt32, add: Int64 = 0, only: UInt32? = nil, except: UInt32? = nil) {
            self.name = name
            self.shift = shift
            self.width = width
            self.add = add
            self.only = only
            self.except = except
        }

        /// The number people use; `nil` where the row is about something else.
        func read(_ arc: UInt32) -> UInt32? {
            let mask: UInt32 = width >= 32 ? .max : (1 << width) - 1
            let bits = arc >> shift & mask
            if let only, bits != only { return nil }
            if let except, bits == except { return nil }
            return UInt32(exactly: Int64(bits) + add)
        }
    }

    /// A name of the port that is asked from the device: `oid` with the arc, less one of the prefixes.
    package struct PortName: Hashable, Sendable {
        package let oid: OID
        /// The arc to ask with.
        package let arc: String
        package let prefixes: [String]

        package init(oid: OID = InterfaceTable.name, arc: String, prefixes: [String]) {
            self.oid = oid
            self.arc = arc
            self.prefixes = prefixes
        }

        package func shortened(_ name: String) -> String {
            for prefix in prefixes where name.hasPrefix(prefix) { return String(name.dropFirst(prefix.count)) }
            return name
        }
    }

    package let parts: [Part]
    /// The port as people write it, with `{names}` of fields; `nil`: the index does not tell.
    package let port: String?
    /// The field that numbers the ONU on its port.
    package let onu: String?
    package let portName: PortName?

    package init(parts: [Part], port: String?, onu: String?, portName: PortName? = nil) {
        self.parts = parts
        self.port = port
        self.onu = onu
        self.portName = portName
    }

    /// Where an ONU is, as far as its index tells.
    package struct Place: Hashable, Sendable {
        package let port: String?
        package let onuID: Int?
        package let texts: [String: String]
        /// Where the device tells the port's name.
        package let portName: OID?
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
            case .bits(let base, let fields, let whole):
                guard let arc = rest.popFirst(), arc >= base else { return nil }
                for field in fields {
                    guard let number = field.read(arc - base) else { return nil }
                    numbers[field.name] = number
                }
                if let whole { numbers[whole] = arc }
            case .text(let name):
                guard let length = rest.popFirst(), length <= 255, rest.count >= Int(length) else { return nil }
                let bytes = rest.prefix(Int(length)).compactMap { UInt8(exactly: $0) }
                guard bytes.count == Int(length) else { return nil }
                rest = rest.dropFirst(Int(length))
                texts[name] = String(decoding: bytes, as: UTF8.self)
            }
        }
        guard rest.isEmpty else { return nil }
        return (own.map(String.init).joined(separator: "."), place(numbers, texts))
    }

    /// The place that numbers tell, such as those in an interface's name.
    package func place(_ numbers: [String: UInt32], _ texts: [String: String] = [:]) -> Place {
        Place(
            port: port.flatMap { Self.filled($0, numbers) },
            onuID: onu.flatMap { numbers[$0] }.map(Int.init),
            texts: texts,
            portName: portName.flatMap { name in numbers[name.arc].map { name.oid.appending([$0]) } }
        )
    }

    /// Every name that `port` and `onu` may use.
    package var names: Set<String> {
        var names: Set<String> = []
        for part in parts {
            switch part {
            case .number(let name), .text(let name): names.insert(name)
            case .bits(_, let fields, let whole):
                names.formUnion(fields.map(\.name))
                if let whole { names.insert(whole) }
            }
        }
        return names
    }

    /// The form of the first arcs alone: those that name a port.
    func leading(_ count: Int) -> IndexForm {
        IndexForm(parts: Array(parts.prefix(count)), port: port, onu: nil, portName: portName)
    }

    /// The names between braces in a template.
    static func names(in template: String) -> [String] {
        template.split(separator: "{").dropFirst(template.hasPrefix("{") ? 0 : 1).compactMap { part in
            part.firstIndex(of: "}").map { String(part[..<$0]) }
        }
    }

    /// `nil` when a name of the template is not known.
    private static func filled(_ template: String, _ numbers: [String: UInt32]) -> String? {
        var text = template
        for name in names(in: template) {
            guard let number = numbers[name] else { return nil }
            text = text.replacing("{\(name)}", with: String(number))
        }
        return text
    }
}

/// The columns of IF-MIB (RFC 2863) that tell of ONUs and ports.
package enum InterfaceTable {
    package static let description: OID = [1, 3, 6, 1, 2, 1, 2, 2, 1, 2]
    package static let type: OID = [1, 3, 6, 1, 2, 1, 2, 2, 1, 3]
    package static let name: OID = [1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 1]
}
