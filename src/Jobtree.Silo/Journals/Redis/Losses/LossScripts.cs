namespace Jobtree.Silo.Journals.Redis.Losses;

/// <summary>The scripts about the table and its loss.</summary>
internal static class LossScripts
{
    /// <summary>Renews the time of a mark. KEYS: the table. ARGV: the field, the time in seconds.</summary>
    public const string Renew = """
        local mark = redis.call('HGET', KEYS[1], ARGV[1])
        if mark then redis.call('HSET', KEYS[1], ARGV[1], string.match(mark, '^%d+') .. ' ' .. ARGV[2]) end
        return {}
        """;

    /// <summary>
    /// Accepts a loss: appends an entry to each ledger that may have lost entries, and lets the appends of all silos go
    /// on, in one step. KEYS: the table, then the streams of the ledgers. ARGV: the loss as it was seen, the new id,
    /// the time in seconds, the writer; for each ledger the number of its last entry and the new entry; then the fields
    /// of the heads with their values. Returns 1; or 0 and the index of a ledger that has another last entry, or -1:
    /// the loss is another one, or was accepted.
    /// </summary>
    public const string Accept = """
        local ledgers = #KEYS - 1
        if redis.call('HGET', KEYS[1], 'lost') ~= ARGV[1] then return {0, -1} end
        for ledger = 1, ledgers do
          local last = redis.call('XREVRANGE', KEYS[ledger + 1], '+', '-', 'COUNT', 1)[1]
          local number = last and string.match(last[1], '^%d+') or '0'
          if number ~= ARGV[3 + ledger * 2] then return {0, ledger} end
        end
        for ledger = 1, ledgers do
          local number = tonumber(ARGV[3 + ledger * 2]) + 1
          redis.call('XADD', KEYS[ledger + 1], string.format('%d', number), 'w', ARGV[4],
            'p', ARGV[4 + ledger * 2])
        end
        local kept = {'id', ARGV[2]}
        local fields = redis.call('HGETALL', KEYS[1])
        for at = 1, #fields, 2 do
          local kind, name = string.sub(fields[at], 1, 2), string.sub(fields[at], 3)
          if kind == 'a:' or kind == 'k:' then
            kept[#kept + 1] = 'a:' .. name
            kept[#kept + 1] = kind == 'a:' and fields[at + 1] or ARGV[3]
          elseif fields[at] == 'server' then
            kept[#kept + 1] = 'server'
            kept[#kept + 1] = fields[at + 1]
          elseif fields[at] == 'id' then
            kept[#kept + 1] = 'a:' .. fields[at + 1]
            kept[#kept + 1] = ARGV[3]
          end
        end
        redis.call('DEL', KEYS[1])
        for at = 1, #kept, 2 do redis.call('HSET', KEYS[1], kept[at], kept[at + 1]) end
        for at = 5 + ledgers * 2, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1]) end
        return {1}
        """;
}
