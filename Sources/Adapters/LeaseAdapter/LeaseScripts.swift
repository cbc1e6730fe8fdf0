import Redis

/// The five scripts, word for word what `LeaseBook` specifies.
///
/// One hash per key, kept 24 h after its last change (longer than any message lives):
/// `ln lr lg le` number, run, quiet gap and end of the lease; `hi` the highest number; `an` the answer it got
/// (granted, busy, deferred, void); `br` the run that was told busy with it; `cl` 1 when the last lease was given back in good order.
/// Times are microseconds of Redis' own clock. Every script begins by taking a lease off that has ended.
enum LeaseScripts {
    static let take = RedisScript(
        name: "take",
        source: prelude + """
            local span, gap = tonumber(ARGV[3]), tonumber(ARGV[4])
            if not e.hi then
                grant(0, span)
                return {'granted', 0}
            end
            if held and e.ln == number and e.lr == run then
                e.le = math.max(tonumber(e.le), now + span)
                redis.call('HSET', KEYS[1], 'le', text(e.le))
                keep()
                return {'mine', tonumber(e.lg)}
            end
            local again = same(number, e.hi) and e.an == 'busy' and e.br == run
            if not (larger(number, e.hi) or again) then
                if same(number, e.hi) and e.an == 'busy' then return {'busy', left()} end
                return seen()
            end
            if held then
                redis.call('HSET', KEYS[1], 'hi', number, 'an', 'busy', 'br', run)
                keep()
                return {'busy', left()}
            end
            local quiet = gap
            if e.cl == '1' then quiet = 0 end
            grant(quiet, span)
            return {'granted', quiet}
            """
    )

    static let renew = RedisScript(
        name: "renew",
        source: prelude + """
            if not (held and e.ln == number and e.lr == run) then return {'lost'} end
            redis.call('HSET', KEYS[1], 'le', text(now + tonumber(ARGV[3])))
            keep()
            return {'renewed'}
            """
    )

    static let release = RedisScript(
        name: "release",
        source: prelude + """
            if not (held and e.ln == number and e.lr == run) then return {'not held'} end
            redis.call('HDEL', KEYS[1], 'ln', 'lr', 'lg', 'le')
            redis.call('HSET', KEYS[1], 'cl', ARGV[3])
            keep()
            return {'released'}
            """
    )

    static let hand = RedisScript(
        name: "hand",
        source: prelude + """
            if e.hi and not (larger(number, e.hi) or (same(number, e.hi) and e.an == 'busy')) then
                if same(number, e.hi) and e.an == 'deferred' then return {'deferred'} end
                return seen()
            end
            answer('deferred')
            return {'deferred'}
            """
    )

    static let void = RedisScript(
        name: "void",
        source: prelude + """
            if held and e.ln == number then return {'held', left()} end
            if e.hi and larger(e.hi, number) then return {'void', 0} end
            if e.hi and same(number, e.hi) and e.an == 'granted' then return {'void', 1} end
            answer('void')
            return {'void', 0}
            """
    )

    /// ARGV: number, run (empty where a script has none), then what the script takes.
    private static let prelude = """
        local number, run = ARGV[1], ARGV[2]
        local clock = redis.call('TIME')
        local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
        local e = {}
        local fields = redis.call('HGETALL', KEYS[1])
        for i = 1, #fields, 2 do e[fields[i]] = fields[i + 1] end
        if e.le and tonumber(e.le) <= now then
            redis.call('HDEL', KEYS[1], 'ln', 'lr', 'lg', 'le')
            redis.call('HSET', KEYS[1], 'cl', '0')
            e.ln, e.lr, e.lg, e.le, e.cl = nil, nil, nil, nil, '0'
        end
        local held = e.le ~= nil
        local function text(value) return string.format('%.0f', value) end
        local function larger(a, b) return tonumber(a) > tonumber(b) end
        local function same(a, b) return tonumber(a) == tonumber(b) end
        local function left() return e.le and tonumber(e.le) - now or 0 end
        local function keep() redis.call('EXPIRE', KEYS[1], 86400) end
        local function answer(word)
            redis.call('HSET', KEYS[1], 'hi', number, 'an', word)
            if not e.cl then redis.call('HSET', KEYS[1], 'cl', '1') end
            redis.call('HDEL', KEYS[1], 'br')
            keep()
        end
        local function grant(quiet, span)
            redis.call('HSET', KEYS[1], 'ln', number, 'lr', run, 'lg', text(quiet), 'le', text(now + span), 'hi', number, 'an', 'granted')
            if not e.cl then redis.call('HSET', KEYS[1], 'cl', '0') end
            redis.call('HDEL', KEYS[1], 'br')
            keep()
        end
        local function seen()
            local remaining = -1
            if held and e.ln == number then remaining = left() end
            local word = 'older'
            if same(number, e.hi) then
                word = e.an
                if word == 'busy' then word = 'deferred' end
            end
            return {'seen', word, e.hi, remaining}
        end

        """
}
