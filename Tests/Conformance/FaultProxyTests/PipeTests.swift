import Testing

@testable import FaultProxy

@Suite("One direction of a proxied connection")
struct PipeTests {
    private let word = Array("abcdefgh".utf8)

    @Test("octets pass as they come")
    func pass() {
        var pipe = Pipe()

        let cut = pipe.take(word, .pass, at: .zero)

        #expect(!cut)
        #expect(pipe.ready(.pass, at: .zero) == word[...])
        pipe.wrote(3, .pass, at: .zero)
        #expect(pipe.ready(.pass, at: .zero) == word[3...])
    }

    @Test("behind a black hole nothing is read, nothing is ready and nothing is due; healed, it goes on")
    func blackhole() {
        var pipe = Pipe()
        _ = pipe.take(word, .pass, at: .zero)

        #expect(!pipe.wants(.blackhole))
        #expect(pipe.ready(.blackhole, at: .seconds(60)).isEmpty)
        #expect(pipe.due(.blackhole) == nil)
        #expect(pipe.wants(.pass))
        #expect(pipe.ready(.pass, at: .seconds(60)) == word[...])
    }

    @Test("latency holds each piece back for its time")
    func latency() {
        var pipe = Pipe()
        let slow = Toxics(latency: .seconds(2))
        _ = pipe.take(word, slow, at: .seconds(1))

        #expect(pipe.ready(slow, at: .seconds(2)).isEmpty)
        #expect(pipe.due(slow) == .seconds(3))
        #expect(pipe.ready(slow, at: .seconds(3)) == word[...])
    }

    @Test("slices leave one by one, with the pause between them")
    func slices() {
        var pipe = Pipe()
        let sliced = Toxics(slices: .init(octets: 3, every: .seconds(1)))
        _ = pipe.take(word, sliced, at: .zero)

        #expect(pipe.ready(sliced, at: .zero) == word[..<3])
        pipe.wrote(3, sliced, at: .zero)
        #expect(pipe.ready(sliced, at: .milliseconds(900)).isEmpty)
        #expect(pipe.due(sliced) == .seconds(1))
        #expect(pipe.ready(sliced, at: .seconds(1)) == word[3..<6])
    }

    @Test("a cut lets exactly so many octets pass, over several pieces", arguments: [0, 1, 8, 9, 15])
    func cutAfter(octets: Int) {
        var pipe = Pipe()
        let toxics = Toxics(cut: .after(octets: octets))

        let first = pipe.take(word, toxics, at: .zero)
        let second = pipe.take(word, toxics, at: .zero)

        #expect(first == (octets < 8))
        #expect(second == (octets >= 8), "only the piece that reaches the cut uses it up")
        #expect(pipe.isCut)
        #expect(pipe.kept == octets)
    }

    @Test("a cut in a piece spares short pieces and drops the end of the first long one")
    func cutChunk() {
        var pipe = Pipe()
        let toxics = Toxics(cut: .chunk(min: 8, short: 3))

        let short = pipe.take(Array(word[..<7]), toxics, at: .zero)
        let long = pipe.take(word, toxics, at: .zero)

        #expect(!short)
        #expect(long)
        #expect(pipe.kept == 7 + 5)
        #expect(!pipe.isDrained)
        pipe.wrote(7, toxics, at: .zero)
        pipe.wrote(5, toxics, at: .zero)
        #expect(pipe.isDrained)
    }

    @Test("a full pipe wants no more until some of it was written")
    func full() {
        var pipe = Pipe()
        _ = pipe.take([UInt8](repeating: 1, count: Pipe.octetsMax), .pass, at: .zero)

        #expect(!pipe.wants(.pass))
        pipe.wrote(1, .pass, at: .zero)
        #expect(pipe.wants(.pass))
    }
}

@Suite("What happens to datagrams")
struct DatagramToxicsTests {
    private func fates(_ toxics: DatagramToxics, seed: UInt64) -> [[Duration]] {
        var chance = SeededChance(seed: seed)
        return (0..<10_000).map { _ in toxics.arrivals(&chance) }
    }

    @Test("the same seed means the same fates, another seed others")
    func seeded() {
        let toxics = DatagramToxics(loss: 0.2, duplicate: 0.1, reorder: 0.1)

        #expect(fates(toxics, seed: 7) == fates(toxics, seed: 7))
        #expect(fates(toxics, seed: 7) != fates(toxics, seed: 8))
    }

    @Test("shares come out as asked")
    func shares() {
        let all = fates(DatagramToxics(loss: 0.2, duplicate: 0.5, reorder: 0.25, reorderBy: .seconds(1), delay: .seconds(2)), seed: 1)
        let arrived = all.filter { !$0.isEmpty }

        #expect((1_800...2_200).contains(all.count - arrived.count))
        #expect((3_700...4_300).contains(arrived.count { $0.count == 2 }))
        #expect((1_800...2_200).contains(arrived.count { $0[0] == .seconds(3) }))
        #expect(arrived.allSatisfy { $0[0] == .seconds(2) || $0[0] == .seconds(3) })
    }
}
