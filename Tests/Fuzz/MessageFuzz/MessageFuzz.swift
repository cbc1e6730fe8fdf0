import Domain
import FuzzSupport
import Wire

/// Every reader of messages, in both formats.
///
/// The first byte chooses: its low four bits the reader, the next two what `content-type` says, the next whether the rest is the
/// body or a recipe for a large one.
@_cdecl("LLVMFuzzerTestOneInput")
func testMessage(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = FuzzInput(start, count).bytes
    guard let choice = bytes.first else { return 0 }
    let body = choice & 0x40 == 0 ? Array(bytes.dropFirst()) : large(bytes.dropFirst())
    let contentType: String? =
        switch choice >> 4 & 3 {
        case 0: "application/json"
        case 1: "application/x-protobuf"
        case 2: nil
        default: "Application/JSON ; charset=utf-8"
        }
    switch choice & 0x0F {
    case 0: check(body, contentType, DraftCodec.decode, DraftCodec.encode)
    case 1: check(body, contentType, DraftCodec.decodeBatch, DraftCodec.encodeBatch)
    case 2: check(body, contentType, TaskCodec.decode, TaskCodec.encode)
    case 3: check(body, contentType, OutcomeCodec.decode, OutcomeCodec.encode)
    case 4: check(body, contentType, FleetCodec.decode, FleetCodec.encode)
    case 5: checkOrder(body, contentType)
    case 6: checkPayload(body)
    default: checkWords(String(decoding: body, as: UTF8.self))
    }
    return 0
}

/// A body of at most 8 KiB: three bytes say how long its beginning is, how long the piece
/// behind it, and how often that is repeated (two to the power of so many); in the piece, `#` stands for the number of the repetition.
private func large(_ recipe: ArraySlice<UInt8>) -> [UInt8] {
    guard recipe.count > 3 else { return [] }
    let lengths = Array(recipe.prefix(3))
    let beginning = recipe.dropFirst(3).prefix(Int(lengths[0]))
    let piece = recipe[beginning.endIndex...].prefix(Int(lengths[1]))
    var body = Array(beginning)
    for number in 0..<(1 << (lengths[2] & 0x0F)) where body.count + piece.count < 1 << 13 {
        for byte in piece {
            if byte == UInt8(ascii: "#") { body += Array(String(number).utf8) } else { body.append(byte) }
        }
    }
    return body + recipe[piece.endIndex...]
}

/// What was read can be written in both formats and is read again as the same; a refusal says why, in bounded words.
private func check<Value: Equatable>(
    _ body: [UInt8],
    _ contentType: String?,
    _ decode: ([UInt8], String?) -> Result<Value, WireFault>,
    _ encode: (Value, WireFormat) -> [UInt8]
) {
    switch decode(body, contentType) {
    case .failure(let fault): check(fault)
    case .success(let value):
        // A number that is not finite does not equal itself.
        guard value == value else { return }
        for format in [WireFormat.json, .protobuf] {
            switch decode(encode(value, format), format.contentType) {
            case .failure(let fault): insist(false, "what was written as \(format.contentType) cannot be read: \(fault.text)")
            case .success(let again): insist(again == value, "\(format.contentType) changes a message to \(again)")
            }
        }
    }
}

private func check(_ fault: WireFault) {
    insist(!fault.message.isEmpty, "a refusal without words")
    let words = fault.message.utf8.count + (fault.allowed?.utf8.count ?? 0)
    insist(words <= 2048, "a refusal of \(words) bytes")
    // A name on each of a hundred levels.
    insist((fault.field?.utf8.count ?? 0) <= 32_768, "a path of \(fault.field?.utf8.count ?? 0) bytes")
}

private func checkOrder(_ body: [UInt8], _ contentType: String?) {
    switch ControlCodec.decode(body, contentType: contentType) {
    case .failure(let fault): check(fault)
    case .success(let order):
        guard case .success(let again) = ControlCodec.decode(ControlCodec.encode(order), contentType: nil) else {
            return insist(false, "an order that was written cannot be read")
        }
        insist(again == order, "an order changes")
    }
}

private func checkPayload(_ body: [UInt8]) {
    do throws(WireFault) {
        let payload = try PayloadJSON.decode(body)
        let text = PayloadJSON.encode(payload)
        let again = try PayloadJSON.decode(text)
        insist(again == payload, "a payload changes")
        insist(PayloadJSON.encode(again) == text, "the text of a payload changes")
    } catch {
        check(error)
    }
}

private func checkWords(_ text: String) {
    if let id = TaskID(text) { insist(TaskID(id.description) == id, "a task id changes") }
    if let trace = TraceParent(text) { insist(trace.description == text, "a trace changes") }
    if let priority = Priority(word: text) { insist(Priority(word: priority.word) == priority, "a priority changes") }
    do throws(WireFault) {
        _ = try WireFormat(contentType: text, body: [])
    } catch {
        check(error)
    }
}
