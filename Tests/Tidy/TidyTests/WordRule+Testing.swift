import Testing

extension WordRule: CustomTestStringConvertible {
    var testDescription: String { name }
}
