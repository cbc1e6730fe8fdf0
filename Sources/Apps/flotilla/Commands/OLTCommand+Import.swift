import APIContract
import ArgumentParser
import Domain
import Foundation
import Wire

extension OLTCommand {
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Enter OLTs from a CSV file.",
            discussion: """
                The first line names the columns: name and address are needed; port, profile (default auto), enabled, pdusPerSecond, \
                repetitionsMax, attempts, quietGap, label.KEY, the credentials (community, or snmpVersion, user, authentication, \
                authenticationPassphrase, privacy, privacyPassphrase, context) and the operations (discovery, get.optics, …, each with \
                how often: 4/h or 5m) may be there. A row that is refused is told with file and line. Without --keep-going nothing is entered while any row cannot be \
                read; what the orchestrator refuses, such as a name that is taken, never undoes the rows before it.
                """
        )

        @Argument(help: "The file; - reads standard input.")
        var file: String

        @Flag(help: "Enter the good rows although there are bad ones; exit 5 then.")
        var keepGoing = false

        @Flag(help: "Read and check the file, enter nothing.")
        var dryRun = false

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let sheet = OLTSheet(file: file, bytes: try bytes())
            for fault in sheet.faults { Terminal.complain(fault) }
            if !sheet.faults.isEmpty, !keepGoing {
                throw CommandError(
                    .usage,
                    "\(sheet.faults.count) rows cannot be read; nothing was entered (--keep-going enters the others)"
                )
            }
            guard !sheet.rows.isEmpty else { throw CommandError(.usage, "\(file) holds no OLT") }
            if dryRun { return Terminal.say("\(sheet.rows.count) OLTs can be entered") }
            let client = try common.client()
            var entered: [OLTShape] = []
            var refused = sheet.faults.count
            for row in sheet.rows {
                do {
                    entered.append(try await client.post(APIPath.olts, row.draft))
                } catch let error as CommandError where error.status != .nobodyAnswered {
                    Terminal.complain("\(file):\(row.line): \(row.draft.name): \(error.message)")
                    refused += 1
                    if !keepGoing { break }
                }
            }
            if common.json { try Terminal.json(entered) } else { Terminal.say("\(entered.count) OLTs entered, \(refused) rows refused") }
            guard refused == 0 else { throw CommandError(entered.isEmpty ? .failed : .partial, "\(refused) rows were refused") }
        }

        private func bytes() throws -> [UInt8] {
            if file == "-" { return Array(FileHandle.standardInput.readDataToEndOfFile()) }
            guard let data = FileManager.default.contents(atPath: file) else {
                throw CommandError(.usage, "\(file) cannot be read")
            }
            return Array(data)
        }
    }
}

/// OLTs as rows of a CSV file, and what is wrong with those that are none.
private struct OLTSheet {
    struct Row {
        let line: Int
        let draft: OLTDraft
    }

    private static let columns =
        ["name", "address", "port", "profile", "enabled", "pdusPerSecond", "repetitionsMax", "attempts", "quietGap"]
        + CredentialsDraft.CodingKeys.allCases.map(\.stringValue) + OperationType.all.map(\.word)
    private static let labelPrefix = "label."

    private(set) var rows: [Row] = []
    /// With file and line.
    private(set) var faults: [String] = []

    init(file: String, bytes: [UInt8]) {
        var head: [String]?
        for record in CSVText.records(bytes) {
            switch record {
            case .failure(let fault): faults.append("\(file):\(fault.line): \(fault.reason)")
            case .success(let record):
                do throws(RowFault) {
                    if let columns = head {
                        rows.append(Row(line: record.line, draft: try Self.draft(record.cells, columns)))
                    } else {
                        head = try Self.head(record.cells)
                    }
                } catch {
                    faults.append("\(file):\(record.line): \(error.reason)")
                    // Without its columns the rest means nothing.
                    if head == nil { return }
                }
            }
        }
        var lines: [String: Int] = [:]
        for row in rows {
            if let first = lines.updateValue(row.line, forKey: row.draft.name) {
                faults.append("\(file):\(row.line): the name \"\(row.draft.name)\" stands in line \(first) already")
            }
        }
        let twice = Dictionary(grouping: rows, by: \.draft.name).filter { $0.value.count > 1 }.flatMap { $0.value.dropFirst().map(\.line) }
        rows.removeAll { twice.contains($0.line) }
    }

    private struct RowFault: Error {
        let reason: String

        init(_ reason: String) {
            self.reason = reason
        }
    }

    private static func head(_ cells: [String]) throws(RowFault) -> [String] {
        let names = cells.map { $0.trimmingCharacters(in: .whitespaces) }
        if let unknown = names.first(where: { !columns.contains($0) && !($0.hasPrefix(labelPrefix) && $0 != labelPrefix) }) {
            throw RowFault("there is no column \"\(unknown)\"; allowed: \(columns.joined(separator: ", ")), \(labelPrefix)KEY")
        }
        guard Set(names).count == names.count else { throw RowFault("a column is named twice") }
        guard names.contains("name"), names.contains("address") else { throw RowFault("the columns name and address are needed") }
        return names
    }

    private static func draft(_ cells: [String], _ columns: [String]) throws(RowFault) -> OLTDraft {
        guard cells.count == columns.count else { throw RowFault("\(cells.count) cells; the first line has \(columns.count)") }
        var values = Dictionary(uniqueKeysWithValues: zip(columns, cells))
        values = values.filter { !$0.value.isEmpty }
        guard let name = values["name"], let address = values["address"] else { throw RowFault("name and address must not be empty") }
        func whole(_ column: String) throws(RowFault) -> Int? {
            guard let text = values[column] else { return nil }
            guard let number = Int(text) else { throw RowFault("\(column) \"\(text)\" is no whole number") }
            return number
        }
        func truth(_ column: String) throws(RowFault) -> Bool? {
            guard let text = values[column] else { return nil }
            guard let truth = Bool(text) else { throw RowFault("\(column) \"\(text)\" is neither true nor false") }
            return truth
        }
        var draft = OLTDraft(
            name: name,
            address: address,
            port: try whole("port"),
            profile: values["profile"] ?? OLT.anyProfile,
            credentials: credentials(values),
            pdusPerSecond: try whole("pdusPerSecond")
        )
        draft.repetitionsMax = try whole("repetitionsMax")
        draft.attempts = try whole("attempts")
        draft.quietGap = values["quietGap"]
        draft.enabled = try truth("enabled")
        let labels = values.filter { $0.key.hasPrefix(labelPrefix) }
        if !labels.isEmpty {
            draft.labels = Dictionary(uniqueKeysWithValues: labels.map { (String($0.key.dropFirst(labelPrefix.count)), $0.value) })
        }
        draft.operations = try operations(values)
        return draft
    }

    private static func credentials(_ values: [String: String]) -> CredentialsDraft {
        var draft = CredentialsDraft(snmpVersion: values["snmpVersion"], community: values["community"])
        draft.user = values["user"]
        draft.authentication = values["authentication"]
        draft.authenticationPassphrase = values["authenticationPassphrase"]
        draft.privacy = values["privacy"]
        draft.privacyPassphrase = values["privacyPassphrase"]
        draft.context = values["context"]
        if draft.user == nil, draft.snmpVersion != "v3" { draft.community = draft.community ?? "public" }
        return draft
    }

    private static func operations(_ values: [String: String]) throws(RowFault) -> [OperationDraft]? {
        var drafts: [OperationDraft] = []
        for type in OperationType.all.map(\.word) {
            guard let text = values[type] else { continue }
            guard let often = CadenceText.read(text) else {
                throw RowFault("\(type) \"\(text)\" cannot be read; allowed: \(CadenceText.allowed)")
            }
            drafts.append(OperationDraft(type: type, perHour: often.perHour, every: often.every))
        }
        return drafts.isEmpty ? nil : drafts
    }
}
