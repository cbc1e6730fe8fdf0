/// The holder tag of a community: `public#17` is the community `public`, used by the holder of number 17.
enum CommunityTag {
    /// - Returns: `nil` when the community is not the expected one, with or without a tag.
    static func holder(of community: [UInt8], expected: [UInt8], from sender: Sender) -> HolderWitness.Holder? {
        if community == expected { return .sender(sender) }
        guard community.starts(with: expected), community.dropFirst(expected.count).first == UInt8(ascii: "#") else { return nil }
        let digits = community.dropFirst(expected.count + 1)
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return UInt64(String(decoding: digits, as: UTF8.self)).map { .number($0) }
    }
}
