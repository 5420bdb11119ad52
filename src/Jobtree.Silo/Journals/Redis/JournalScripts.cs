namespace Jobtree.Silo.Journals.Redis;

/// <summary>
/// The scripts that write. Redis runs scripts one at a time, so their checks still hold when they write. Each may be
/// repeated after a lost answer: what the same writer has already written is left unchanged.
/// </summary>
internal static class JournalScripts
{
    /// <summary>
    /// Appends a batch. KEYS: the streams of the groups, then the run shards to enter, last the table of the store.
    /// ARGV: the number of groups, the id that the store must have, the field of the silo's mark, the mark that it must
    /// have at least, its new mark (empty: unchanged); for each group its count, first number, writer, whether that
    /// writer must have written the last entry, the index of the run shard to enter (0: none), the run's name, or the
    /// actor if the table has its head, the delivery mark (0: none), the new head (empty: none), and its records.
    /// Returns three numbers for each refused group: its index, the record's number, the number of the last entry found
    /// (-1: the key is no stream). Returns -1 and has done nothing if the store is another one than it was, or has
    /// lost records.
    /// </summary>
    /// <remarks>
    /// If the writer knows that its own record was the last, comparing the entry count with the first number is enough:
    /// numbers have no gaps, and XADD refuses a number that is not greater than all others. XLEN costs a third of
    /// reading the last entry. The last entry is read only where the count is not enough: after a trim, after a
    /// failure, or behind a record whose outcome is unknown. A first record needs no count: XADD accepts number 1 only
    /// in a stream that never had an entry. Numbers are passed as text, since Redis formats Lua numbers as floating
    /// point.
    /// </remarks>
    public const string Append = """
        local function last_of(key)
          local entries = redis.pcall('XREVRANGE', key, '+', '-', 'COUNT', 1)
          if entries.err then return -1, false end
          local entry = entries[1]
          if not entry then return 0, false end
          return tonumber(string.match(entry[1], '^%d+')), entry[2][2]
        end
        local function add(key, sequence, writer, payload, told)
          local id = string.format('%d', sequence)
          if told then return redis.pcall('XADD', key, id, 'w', writer, 'p', payload, 't', told) end
          return redis.pcall('XADD', key, id, 'w', writer, 'p', payload)
        end
        local store = KEYS[#KEYS]
        local kept = redis.call('HMGET', store, 'id', 'lost', ARGV[3])
        local mark = kept[3] and tonumber(string.match(kept[3], '^%d+')) or 0
        if kept[2] or kept[1] ~= ARGV[2] or mark < tonumber(ARGV[4]) then return {-1} end
        local refused = {}
        local at = 6
        local now = false
        for group = 1, tonumber(ARGV[1]) do
          local key = KEYS[group]
          local count, first = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
          local writer, strict = ARGV[at + 2], ARGV[at + 3] == '1'
          local shard, told = tonumber(ARGV[at + 4]), ARGV[at + 6]
          if told == '0' then told = false end
          local head = ARGV[at + 7]
          local payloads = at + 8
          local done = 0
          local follows = not strict and (first == 1 or redis.pcall('XLEN', key) == first - 1)
          if not follows then
            local last, by = last_of(key)
            follows = last + 1 == first and (not strict or by == writer)
          end
          while follows and done < count do
            local added = add(key, first + done, writer, ARGV[payloads + done], done == 0 and told)
            if type(added) == 'table' then follows = false else done = done + 1 end
          end
          while done < count do
            local sequence = first + done
            local last, by = last_of(key)
            if last + 1 == sequence and (by == writer or (done == 0 and not strict)) then
              local added = add(key, sequence, writer, ARGV[payloads + done], done == 0 and told)
              if type(added) == 'table' then return added end
            else
              local entry = last >= sequence and redis.call('XRANGE', key, sequence, sequence)[1]
              if not entry or entry[2][2] ~= writer then
                refused[#refused + 1] = group
                refused[#refused + 1] = sequence
                refused[#refused + 1] = last
                break
              end
            end
            done = done + 1
          end
          if shard > 0 and done > 0 then
            if not now then
              local time = redis.call('TIME')
              now = string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000))
            end
            redis.call('ZADD', KEYS[shard], 'NX', now, ARGV[at + 5])
          end
          if head ~= '' and done == count then
            local before = redis.call('HGET', store, 'h:' .. ARGV[at + 5])
            if not before or tonumber(string.match(before, '^%d+')) < first + count - 1 then
              redis.call('HSET', store, 'h:' .. ARGV[at + 5], head)
            end
          end
          at = payloads + count
        end
        if ARGV[5] ~= '' and tonumber(string.match(ARGV[5], '^%d+')) > mark then
          redis.call('HSET', store, ARGV[3], ARGV[5])
        end
        return refused
        """;

    /// <summary>
    /// Removes actors. KEYS: the stream, the snapshot and the two hashes of chunks of each actor in turn, then the run
    /// shards to leave. ARGV: the number of actors; for each the number that its last record must have, the index of
    /// the run shard to leave (0: none), and the run's name. Returns the indexes of the actors that stay, because their
    /// last record is another one or their keys hold something else. An actor that has nothing was removed before.
    /// </summary>
    public const string Forget = """
        local staying = {}
        for actor = 1, tonumber(ARGV[1]) do
          local key, at = actor * 4 - 3, actor * 3 - 1
          local sequence, shard = ARGV[at], tonumber(ARGV[at + 1])
          local entries = redis.pcall('XREVRANGE', KEYS[key], '+', '-', 'COUNT', 1)
          local covered = redis.pcall('HGET', KEYS[key + 1], 'q')
          local last = covered or sequence
          if entries[1] then last = string.match(entries[1][1], '^%d+') end
          if entries.err or type(covered) == 'table' or last ~= sequence then
            staying[#staying + 1] = actor
          else
            redis.call('UNLINK', unpack(KEYS, key, key + 3))
            if shard > 0 then redis.call('ZREM', KEYS[shard], ARGV[at + 2]) end
          end
        end
        return staying
        """;

    /// <summary>
    /// Puts an actor back that has neither stream nor snapshot: its snapshot, an entry without a record that stands for
    /// the last one, and its place in the run shard. KEYS: stream, snapshot, and for a run its shard. ARGV: the number
    /// of the last record, the writer of the entry, the state, the run's name. Returns nothing, or the number of the
    /// last record found.
    /// </summary>
    public const string Restore = """
        local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
        local covered = redis.call('HGET', KEYS[2], 'q')
        if last or covered then
          local found = last and string.match(last[1], '^%d+') or covered
          if last and last[2][2] == ARGV[2] and found == ARGV[1] and covered == ARGV[1] then return {} end
          return {tonumber(found)}
        end
        redis.call('XADD', KEYS[1], ARGV[1], 'w', ARGV[2], 'p', '')
        redis.call('HSET', KEYS[2], 'q', ARGV[1], 's', ARGV[3], 't', 0)
        if KEYS[3] then
          local time = redis.call('TIME')
          local now = string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000))
          redis.call('ZADD', KEYS[3], 'NX', now, ARGV[4])
        end
        return {}
        """;
}
