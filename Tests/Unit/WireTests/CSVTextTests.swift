import Testing
import Wire

@Suite("Comma-separated values", .timeLimit(.minutes(1)))
struct CSVTextTests {
    private func cells(_ text: String) -> [[String]] {
        CSVText.records(Array(text.utf8)).compactMap { try? $0.get().cells }
    }

    @Test("what is written is read again, whatever a device calls its ONUs")
    func roundTrip() {
        let rows = [
            ["name", "text"], ["plain", ""], ["a,b", "say \"hi\""], ["two\nlines", "and\r\nthree"], ["\u{1B}[31m", "日本 €"],
            ["-23.4", "-1"],
        ]
        let text = rows.map(CSVText.record).joined(separator: "\r\n") + "\r\n"
        #expect(cells(text) == rows)
    }

    @Test("no cell begins a formula", arguments: ["=1+1", "+1", "@sum", "-cmd", "\tx", "\rx"])
    func formulas(_ text: String) throws {
        #expect(cells(CSVText.record([text, "x"])) == [["'" + text, "x"]])
    }

    @Test("a bad record is told with its line, and the others are read")
    func badRecords() throws {
        let bytes = Array("a,b\n\"x\"y,1\n\nc,d\n".utf8) + [0xFF, 0x2C, 0x31, 0x0A] + Array("e,f\n\"open".utf8)
        let records = CSVText.records(bytes)
        #expect(
            records == [
                .success(CSVText.Record(line: 1, cells: ["a", "b"])),
                .failure(CSVText.Fault(line: 2, reason: "there is text behind a closing quote")),
                .success(CSVText.Record(line: 4, cells: ["c", "d"])),
                .failure(CSVText.Fault(line: 5, reason: "cell 1 is no UTF-8")),
                .success(CSVText.Record(line: 6, cells: ["e", "f"])),
                .failure(CSVText.Fault(line: 7, reason: "a quote is never closed")),
            ]
        )
    }

    @Test("a byte order mark, CRLF and a missing last line end are read over")
    func ends() {
        #expect(
            cells("\u{FEFF}name,address\r\nolt-1,10.0.0.1\r\nolt-2,\"10.0.0.2\"") == [
                ["name", "address"], ["olt-1", "10.0.0.1"], ["olt-2", "10.0.0.2"],
            ]
        )
    }
}
