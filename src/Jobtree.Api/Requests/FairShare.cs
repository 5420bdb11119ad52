using Jobtree.Api.Access;

namespace Jobtree.Api.Requests;

/// <summary>
/// Divides something limited between callers. No caller has more than a share, and what is reserved is for operators of
/// the whole fleet, who therefore get through when others have taken the rest.
/// </summary>
/// <param name="total">How much there is.</param>
/// <param name="share">The most that one caller may have.</param>
/// <param name="reserve">How much is kept for operators of the whole fleet.</param>
internal sealed class FairShare(long total, long share, long reserve)
{
    private readonly Lock one = new();
    // No more entries than tokens: one that has nothing has no entry.
    private readonly Dictionary<string, long> byCaller = new(StringComparer.Ordinal);
    private long taken;

    /// <summary>How much is taken.</summary>
    public long Taken => Interlocked.Read(ref taken);

    /// <summary>Takes an amount.</summary>
    /// <param name="caller">Who takes it.</param>
    /// <param name="amount">How much.</param>
    /// <returns>Gives it back when disposed of; null: there is not so much for this caller now.</returns>
    public IDisposable? TryTake(Caller caller, long amount)
    {
        var isOperator = caller is { Role: Role.Operator, IsForAll: true };
        lock (one)
        {
            var has = byCaller.GetValueOrDefault(caller.Name);
            if (taken + amount > (isOperator ? total : total - reserve) || (!isOperator && has + amount > share))
                return null;
            byCaller[caller.Name] = has + amount;
            taken += amount;
        }
        return new Part(this, caller.Name, amount);
    }

    private void Return(string caller, long amount)
    {
        lock (one)
        {
            taken -= amount;
            if ((byCaller[caller] -= amount) == 0)
                byCaller.Remove(caller);
        }
    }

    private sealed class Part(FairShare of, string caller, long amount) : IDisposable
    {
        private int isReturned;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isReturned, 1) == 0)
                of.Return(caller, amount);
        }
    }
}
