using System.Collections.Concurrent;
using Jobtree.Grains.Links;
using Jobtree.Silo.Journals.Redis;
using Jobtree.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using StackExchange.Redis;

namespace Jobtree.Silo.Hosting.Links;

/// <summary>
/// Asks the other silos for an answer all the time, and ends this one if it must leave so that those who stay reach
/// each other. Orleans keeps a silo that some member reaches; but a flavor on it is out of reach for the others, and
/// the fleet would stand still for as long as the link is broken.
/// </summary>
/// <param name="membership">The members.</param>
/// <param name="link">The way to them.</param>
/// <param name="table">What the others say.</param>
/// <param name="metrics">Hear of broken links.</param>
/// <param name="time">The fleet's clock, which is the same for all silos.</param>
/// <param name="lifetime">Ends the process.</param>
/// <param name="logger">Told of broken links.</param>
internal sealed partial class LinkWatch(ISiloStatusOracle membership, SiloLink link, LinkTable table,
    FleetMetrics metrics, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<LinkWatch> logger)
    : BackgroundService
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);

    /// <summary>How long a member may be silent before its link counts as broken. A pause of the collector or a busy
    /// machine must not.</summary>
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(10);

    /// <summary>A process that was not running for so long has missed answers that were given.</summary>
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(5);

    /// <summary>When each member answered last, or was seen first.</summary>
    private readonly ConcurrentDictionary<SiloAddress, long> answered = new();
    private readonly ConcurrentDictionary<SiloAddress, Task> asking = new();
    private IReadOnlyList<SiloAddress> unreached = [];
    private bool hasLost;

    /// <summary>Why this silo leaves; null: it stays.</summary>
    public string? LeavesBecause { get; private set; }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(AskEvery, time);
        var looked = time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (time.GetElapsedTime(looked) > PauseMax)
                answered.Clear();
            looked = time.GetTimestamp();
            Look();
            if (membership.CurrentStatus == SiloStatus.Active)
                await Decide();
            metrics.Passed("links", time.GetElapsedTime(looked), time.GetUtcNow());
        }
    }

    private void Look()
    {
        var members = membership.GetApproximateSiloStatuses(onlyActive: true).Keys
            .Where(silo => !silo.Equals(membership.SiloAddress)).ToList();
        foreach (var gone in answered.Keys.Except(members))
            answered.TryRemove(gone, out _);
        foreach (var silo in members)
        {
            answered.TryAdd(silo, time.GetTimestamp());
            if (!asking.TryGetValue(silo, out var under) || under.IsCompleted)
                asking[silo] = Ask(silo);
        }
        var silent = members.Where(silo => answered.TryGetValue(silo, out var at)
            && time.GetElapsedTime(at) >= SilenceMax).ToList();
        foreach (var silo in silent.Except(unreached))
        {
            metrics.Failed("links", "broken-link", "warning");
            DoesNotAnswer(silo.ToParsableString());
        }
        foreach (var silo in unreached.Except(silent))
            AnswersAgain(silo.ToParsableString());
        unreached = silent;
    }

    private async Task Ask(SiloAddress silo)
    {
        try
        {
            await link.Ask(silo).WaitAsync(AnswerWithin);
            answered[silo] = time.GetTimestamp();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Whoever does not answer for long counts as not reached, whatever the reason.
        }
        finally
        {
            asking.TryRemove(silo, out _);
        }
    }

    private async Task Decide()
    {
        var own = membership.SiloAddress;
        IReadOnlyList<SiloLinks> said;
        try
        {
            said = await table.Exchange(new SiloLinks(own.ToParsableString(), own.Generation, time.GetUtcNow(),
                [.. unreached.Select(silo => silo.ToParsableString())]));
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException or ObjectDisposedException)
        {
            // Without Redis nobody decides anything.
            hasLost = false;
            return;
        }
        var members = answered.Keys.Select(silo => silo.ToParsableString()).Append(own.ToParsableString()).ToHashSet();
        var losers = LinkVerdict.Losers([.. said.Where(links => members.Contains(links.Silo))]);
        var loses = losers.Contains(own.ToParsableString());
        // What two silos say may not be of the same moment: the second verdict counts.
        if (loses && hasLost && LeavesBecause is null)
            Leave(said.Where(links => links.Unreached.Contains(own.ToParsableString())).Select(links => links.Silo)
                .Union(unreached.Select(silo => silo.ToParsableString())));
        hasLost = loses;
    }

    private void Leave(IEnumerable<string> others)
    {
        LeavesBecause = $"This silo and {string.Join(", ", others.Order(StringComparer.Ordinal))} do not reach each "
            + "other, while both live; it leaves, so that those who stay do.";
        metrics.Failed("links", "left", "critical");
        Leaves(LeavesBecause);
        lifetime.StopApplication();
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Silo {Silo} has not answered this one for 10 seconds, though it is a member.")]
    private partial void DoesNotAnswer(string silo);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Silo {Silo} answers this one again, or is no member any more.")]
    private partial void AnswersAgain(string silo);

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Reason}")]
    private partial void Leaves(string reason);
}
