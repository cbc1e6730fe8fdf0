import Domain
import Orchestration

extension LetterRetention.Settings {
    /// How many letters are kept, read and checked.
    init(_ reader: SettingReader) throws(StartupError) {
        self.init()
        keeping.perClass = try reader.whole(.lettersKeep, in: Self.counts)
        for (kind, text) in try reader.pairs(.lettersKeepKinds) ?? [:] {
            guard let count = Int(text), Self.counts.contains(count) else {
                throw StartupError(.lettersKeepKinds, value: "\(kind)=\(text)")
            }
            keeping.perKind[kind] = count
        }
        keeping.evidenceFor = .seconds(try reader.whole(.lettersEvidence, in: 60...31_536_000))
        every = try reader.milliseconds(.lettersTrim, in: 100...3_600_000)
    }
}
