/// Readers of values written as text in recordings; each refuses what it does not know.
enum ValueText {
    static func number<Number: FixedWidthInteger>(_ text: ArraySlice<UInt8>, _: Number.Type) throws(LineFault) -> Number {
        let shown = shown(text)
        if let number = Number(shown) { return number }
        let digits = text.first == UInt8(ascii: "-") ? text.dropFirst() : text
        guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { throw .number(shown) }
        throw .outOfRange(shown)
    }

    static func hexadecimal(_ text: ArraySlice<UInt8>) throws(LineFault) -> [UInt8] {
        guard text.count.isMultiple(of: 2) else { throw .oddHexadecimal }
        var octets: [UInt8] = []
        octets.reserveCapacity(text.count / 2)
        var high: UInt8?
        for digit in text {
            guard let value = digit.hexadecimalValue else { throw .notHexadecimal }
            if let first = high {
                octets.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return octets
    }

    /// Text with backslash escapes; a pair of double quotes around all of it is taken off.
    static func unescaped(_ text: ArraySlice<UInt8>) throws(LineFault) -> [UInt8] {
        let quote = UInt8(ascii: "\"")
        var rest = text
        if rest.count >= 2, rest.first == quote, rest.last == quote { rest = rest.dropFirst().dropLast() }
        var octets: [UInt8] = []
        while let octet = rest.popFirst() {
            guard octet == UInt8(ascii: "\\") else {
                octets.append(octet)
                continue
            }
            guard let escape = rest.popFirst() else { throw .escape }
            switch escape {
            case UInt8(ascii: "\\"), quote, UInt8(ascii: "'"): octets.append(escape)
            case UInt8(ascii: "n"): octets.append(0x0A)
            case UInt8(ascii: "r"): octets.append(0x0D)
            case UInt8(ascii: "t"): octets.append(0x09)
            case UInt8(ascii: "a"): octets.append(0x07)
            case UInt8(ascii: "b"): octets.append(0x08)
            case UInt8(ascii: "v"): octets.append(0x0B)
            case UInt8(ascii: "f"): octets.append(0x0C)
            case UInt8(ascii: "0"): octets.append(0)
            case UInt8(ascii: "x"):
                guard let high = rest.popFirst()?.hexadecimalValue, let low = rest.popFirst()?.hexadecimalValue else { throw .escape }
                octets.append(high << 4 | low)
            default: throw .escape
            }
        }
        return octets
    }

    static func name(_ text: ArraySlice<UInt8>) throws(LineFault) -> ObjectName {
        guard let name = ObjectName(digits: text) else { throw .name(shown(text)) }
        return name
    }

    static func address(_ text: ArraySlice<UInt8>) throws(LineFault) -> UInt32 {
        guard let address = DeviceAddress(shown(text)) else { throw .address(shown(text)) }
        return address.number
    }

    static func address(hexadecimal text: ArraySlice<UInt8>) throws(LineFault) -> UInt32 {
        let octets = try hexadecimal(text)
        guard octets.count == 4 else { throw .address(shown(text)) }
        return octets.reduce(0) { $0 << 8 | UInt32($1) }
    }

    static func nothing(_ text: ArraySlice<UInt8>, _ value: SimulatedValue) throws(LineFault) -> SimulatedValue {
        guard text.isEmpty else { throw .notEmpty }
        return value
    }

    static func shown(_ text: ArraySlice<UInt8>) -> String {
        String(decoding: text, as: UTF8.self)
    }
}

extension UInt8 {
    /// 0…15 for an ASCII hexadecimal digit.
    var hexadecimalValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
