import Domain
import Foundation
import Orchestration
import Telemetry
import Testing

@Suite("The text that Prometheus reads")
struct MetricsTextTests {
    @Test("a family is its help, its type and its samples")
    func family() {
        var text = MetricsText()

        text.add(Metric("things_total", .counter, "Things.", labels: ["kind"]), samples: [(["a"], 3), (["b"], 0.5)])
        text.add(Metric("room", .gauge, "Room."), 1)

        #expect(
            text.text == """
                # HELP things_total Things.
                # TYPE things_total counter
                things_total{kind="a"} 3
                things_total{kind="b"} 0.5
                # HELP room Room.
                # TYPE room gauge
                room 1

                """
        )
    }

    @Test("quotes, backslashes and line ends are escaped, quotes only in labels")
    func escaping() {
        var text = MetricsText()

        text.add(Metric("m", .gauge, "a \"b\" \\ c\nd", labels: ["l"]), samples: [(["a \"b\" \\ c\nd"], 1)])

        #expect(text.text.contains(#"# HELP m a "b" \\ c\nd"#))
        #expect(text.text.contains(#"m{l="a \"b\" \\ c\nd"} 1"#))
    }

    @Test(
        "numbers are spelled as Prometheus reads them",
        arguments: [(0.0, "0"), (-3, "-3"), (1.25, "1.25"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (1e20, "1e+20")]
    )
    func numbers(value: Double, spelled: String) {
        var text = MetricsText()

        text.add(Metric("m", .gauge, "M."), value)

        #expect(text.text.hasSuffix("\nm \(spelled)\n"))
    }

    @Test("a histogram's buckets add up, the last one is everything")
    func histogram() {
        var histogram = Histogram([1, 2, 4])
        for value in [0.5, 1, 1.5, 4, 100] { histogram.note(value) }
        var text = MetricsText()

        text.add(Metric("h", .histogram, "H.", labels: ["kind"]), histograms: [(["x"], histogram)])

        #expect(
            text.text.split(separator: "\n").dropFirst(2) == [
                #"h_bucket{kind="x",le="1"} 2"#, #"h_bucket{kind="x",le="2"} 3"#, #"h_bucket{kind="x",le="4"} 4"#,
                #"h_bucket{kind="x",le="+Inf"} 5"#, #"h_sum{kind="x"} 107"#, #"h_count{kind="x"} 5"#,
            ]
        )
    }

    @Test("beyond 64 label values everything else is one")
    func bounded() {
        var table = HistogramTable(.batch)

        for number in 0..<100 { table.note(1, for: "kind-\(number)") }
        table.note(1, for: "kind-3")

        #expect(table.rows.count == 65)
        #expect(table.rows.first { $0.labels == ["other"] }?.histogram.count == 36)
        #expect(table.rows.first { $0.labels == ["kind-3"] }?.histogram.count == 2)
    }

    @Test("every counter of the orchestrator has a metric of its own")
    func counters() {
        // What is looked at anew each time, and not counted up.
        let gauges = ["unroutable"]
        let names = Mirror(reflecting: Counters()).children.compactMap(\.label)
        #expect(Counters.table.count == names.filter { !gauges.contains($0) }.count)
        #expect(Set(Counters.table.map(\.word)).count == Counters.table.count)
    }
}

@Suite("Figures of a process and its machine")
struct ProcessFiguresTests {
    @Test("this process has memory, threads, files and a start in the past")
    func own() throws {
        let figures = try #require(ProcessFigures.now())

        #expect(figures.residentBytes > 1 << 20)
        #expect(figures.virtualBytes >= figures.residentBytes)
        #expect(figures.threads >= 1)
        #expect((3...figures.openFilesMax).contains(figures.openFiles))
        #expect(figures.cpuSeconds > 0)
        #expect(abs(figures.startedAt - Date().timeIntervalSince1970) < 3600)
    }

    @Test("the machine's figures are percent")
    func machine() throws {
        let figures = MachineGauge().look()

        #expect((0...100).contains(try #require(figures.memoryPercent)))
        #expect((0...100).contains(try #require(figures.diskPercent)))
        if let cpu = figures.cpuPercent { #expect((0...100).contains(cpu)) }
    }

    @Test("the rate of the last minute forgets what is older")
    func rate() {
        let begin = Instant.now
        var rate = MinuteRate(begin: begin)

        rate.note(10, now: begin)
        #expect(rate.perSecond(now: begin + .milliseconds(500)) == 10)
        rate.note(50, now: begin + .seconds(9))
        #expect(rate.perSecond(now: begin + .seconds(10)) == 6)
        #expect(rate.perSecond(now: begin + .seconds(61)) == 50.0 / 60)
        #expect(rate.perSecond(now: begin + .seconds(70)) == 0)
        rate.note(60, now: begin + .seconds(500))
        #expect(rate.perSecond(now: begin + .seconds(501)) == 1)
    }
}
