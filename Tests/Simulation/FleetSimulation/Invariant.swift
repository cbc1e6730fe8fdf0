/// What must hold in every run.
package enum Invariant: String, CaseIterable, Hashable, Sendable {
    case i1 = "I1 every accepted task is there"
    case i2 = "I2 a task ends once"
    case i3 = "I3 every confirmed draft ends"
    case i4 = "I4 a number is granted once and ends once"
    case i5 = "I5 numbers of a key are granted in growing order"
    case i6 = "I6 nothing stale is written, nothing good refused"
    case i7 = "I7 no two runs at a device at a time"
    case i8 = "I8 a quiet gap after an unclean end"
    case i9 = "I9 one request under way at a device"
    case i10 = "I10 a quota counts each number once"
    case i11 = "I11 one violation for each missed quota, and none without"
    case i12 = "I12 as many letters as deaths, one new task for each retry"
    case i13 = "I13 in the end nothing is open or held"
    case i14 = "I14 the urgent is overtaken once in sixteen starts at most"
    case i15 = "I15 what is due starts within seven agings"
    case i16 = "I16 terms grow, and only the current one writes"
    case i18 = "I18 a lease is taken only from nobody"
    case i19 = "I19 attempts stay within the budget"
    case i20 = "I20 what is cancelled sends nothing 3 s later"
    case forgotten = "nobody is blocked behind nobody"
    case given = "only what is nowhere is given up"

    package var id: String { String(rawValue.prefix { $0 != " " }) }
}

/// Something that must not be, and when it was.
package struct Violation: Hashable, Sendable, CustomStringConvertible {
    package let invariant: Invariant
    package let at: Duration
    package let what: String

    package var description: String { "\(at.inSeconds) \(invariant.rawValue): \(what)" }
}
