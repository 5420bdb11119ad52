namespace Jobtree.Silo.Journals.Redis;

/// <summary>
/// The scripts that save snapshots. A small state is a field of the snapshot's hash. The chunks of a large one are in
/// one of two other hashes: a save fills the spare one, and its last script makes that the current one and removes the
/// other. A save that fails therefore leaves no more than the spare hash behind, which the next save empties.
/// </summary>
internal static class SnapshotScripts
{
    /// <summary>
    /// Saves a snapshot and trims the stream. KEYS: stream, snapshot, the two hashes of chunks. ARGV: number, writer,
    /// whether that writer must have written the record of that number, delivery mark, the first number to keep in the
    /// stream; then the nonce of the chunks (empty: the state is in the fields), and the fields of the snapshot with
    /// their values. Without a nonce and fields it only checks. Returns 0 and 0, or a reason and the number found: 1 a
    /// newer snapshot exists, 2 the record is missing, 3 another writer wrote the record, 4 another save has begun
    /// since the chunks were sent.
    /// </summary>
    /// <remarks>
    /// Redis with full memory refuses only the first write of a script. So that is the one that keeps the new snapshot,
    /// and the former one is removed after it.
    /// </remarks>
    public const string Save = """
        local sequence, nonce = tonumber(ARGV[1]), ARGV[6]
        local kept = redis.call('HMGET', KEYS[2], 'q', 't', 'g', 'b')
        local present, told = tonumber(kept[1] or '0'), tonumber(kept[2] or '0')
        local current, begun = kept[3], kept[4]
        local spare = current and string.sub(current, 1, 1) == '0' and 1 or 0
        if present > sequence then return {1, present} end
        local entry = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
        if not entry then
          local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
          return {2, last and tonumber(string.match(last[1], '^%d+')) or 0}
        end
        if ARGV[3] == '1' and entry[2][2] ~= ARGV[2] then return {3, sequence} end
        if not nonce then return {0, 0} end
        if tonumber(ARGV[4]) > told then told = tonumber(ARGV[4]) end
        if nonce == '' then
          redis.call('HSET', KEYS[2], 'q', ARGV[1], 't', told, unpack(ARGV, 7))
          if current or begun then
            redis.call('HDEL', KEYS[2], 'g', 'n', 'l', 'c', 'b')
            redis.call('UNLINK', KEYS[3], KEYS[4])
          end
        else
          if begun ~= nonce then return {4, 0} end
          redis.call('HSET', KEYS[2], 'q', ARGV[1], 't', told, 'g', spare .. nonce, unpack(ARGV, 7))
          redis.call('HDEL', KEYS[2], 's', 'b')
          redis.call('UNLINK', KEYS[4 - spare])
        end
        redis.call('XTRIM', KEYS[1], 'MINID', '=', ARGV[5])
        return {0, 0}
        """;

    /// <summary>
    /// Writes a chunk into the spare hash, or drops the chunks there. KEYS: snapshot, the two hashes of chunks. ARGV:
    /// the nonce of the save, then the chunk's index and bytes. The first chunk begins the save, which ends any other
    /// one under way. Without a chunk it drops those that have this nonce. Returns whether this save is the one under
    /// way.
    /// </summary>
    public const string Chunk = """
        local nonce, index = ARGV[1], ARGV[2]
        local kept = redis.call('HMGET', KEYS[1], 'g', 'b')
        local spare = KEYS[kept[1] and string.sub(kept[1], 1, 1) == '0' and 3 or 2]
        if index == '0' then
          redis.call('HSET', KEYS[1], 'b', nonce)
          redis.call('UNLINK', spare)
        elseif kept[2] ~= nonce then
          return {0}
        end
        if index then
          redis.call('HSET', spare, nonce .. ':' .. index, ARGV[3])
        else
          redis.call('HDEL', KEYS[1], 'b')
          redis.call('UNLINK', spare)
        end
        return {1}
        """;
}
