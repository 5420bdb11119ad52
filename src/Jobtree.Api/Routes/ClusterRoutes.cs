using Jobtree.Actors.Operations;
using Jobtree.Api.Access;
using Jobtree.Api.Auditing;
using Jobtree.Api.Contract;
using Jobtree.Api.Losses;
using Jobtree.Api.Problems;
using Jobtree.Api.Requests;

namespace Jobtree.Api.Routes;

/// <summary>What the store of a cluster has lost, for operators of the whole fleet.</summary>
internal sealed class ClusterRoutes(IStoreLosses? losses, IAuditStore? audit, IOperations operations)
{
    private const string Tag = "Fleet";
    private const string Anonymous = "nobody known";

    public IEnumerable<ApiRoute> All() =>
    [
        new("GET", "/v1/cluster", Tag, "Tell what the store has lost", Look)
        {
            Description = "Needs a token for all owners.", Role = Role.Operator, Answer = "ClusterStatus",
        },
        new("POST", "/v1/cluster/accept-loss", Tag, "Go on from what the store has", Accept)
        {
            Description = "After a store has lost records that it had acknowledged, every command is refused until its "
                + "data was restored or this was asked. The ledger of each flavor that may have lost entries says so "
                + "from then on, and its nodes are cordoned: lost entries may have started work there. Needs a token "
                + "for all owners.",
            Role = Role.Operator, Answer = "StoreLoss",
        },
        new("POST", "/v1/cluster/settle-loss", Tag, "Say that no lost work runs any more", Settle)
        {
            Description = "Readies the nodes that were cordoned because of a loss. Look at them first: what still runs "
                + "there would share its GPUs. Needs a token for all owners.",
            Role = Role.Operator, Query = [new("flavor", "Only nodes of this flavor; absent: of all.")],
            Answer = "SettledFlavors",
        },
    ];

    private Task<Reply> Look(ApiRequest request) => Ask(request, async desk =>
    {
        var lost = await desk.Look(request.Cancellation);
        // While records are lost, the flavors may be as well.
        var flavors = await operations.ListFlavors(request.Cancellation);
        var doubted = flavors.Succeeded(out var views, out _)
            ? views.Where(view => view.NodesDoubtedSince is not null).Select(view => view.Flavor).ToArray() : [];
        return Reply.Json(new ClusterStatus(doubted) { Loss = lost }, ContractJson.Default.ClusterStatus);
    });

    private Task<Reply> Accept(ApiRequest request) => Ask(request, async desk =>
    {
        request.Note.Target = "the journals in Redis";
        // Nobody accepts a loss without a trace: its connection to Redis may have broken as well, and not be back yet.
        if (audit is not null)
            await audit.Read(0, 1, request.Cancellation);
        var accepted = await desk.Accept(By(request), request.Cancellation);
        if (accepted.Succeeded(out var loss, out _))
            request.Note.Add("accepted the loss of " + (loss.Journals.Count == 0 ? "records" : string.Join(", ",
                loss.Journals.Select(lost => $"{lost.Journal} {lost.First} to {lost.Last}"))));
        return Reply.From(accepted, ContractJson.Default.StoreLossView);
    });

    private Task<Reply> Settle(ApiRequest request) => Ask(request, async desk =>
    {
        var flavor = request.Query.Text("flavor");
        if (request.Query.Problem is { } problem)
            return problem;
        var settled = await desk.Settle(flavor, By(request), request.Cancellation);
        if (settled.Succeeded(out var flavors, out _))
        {
            foreach (var one in flavors)
            {
                request.Note.Target = $"Flavor {one}";
                request.Note.Add("its nodes hold no lost leases");
            }
        }
        return Reply.From(settled, flavors => writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("flavors");
            foreach (var one in flavors)
                writer.WriteStringValue(one);
            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    });

    private async Task<Reply> Ask(ApiRequest request, Func<IStoreLosses, Task<Reply>> question)
    {
        if (request.Caller.FleetRefusal("The cluster's store") is { } refusal)
            return refusal;
        if (losses is null)
            return new ApiProblem(ProblemKind.NotFound,
                "This host is no silo of a cluster: its journals are on its own disk, and it does not start on them if "
                + "they have lost records.");
        try
        {
            return await question(losses);
        }
        catch (IOException away)
        {
            return new ApiProblem(ProblemKind.Unavailable, away.Message);
        }
    }

    private static string By(ApiRequest request) => request.Caller.Name is { Length: > 0 } name ? name : Anonymous;
}

/// <summary>Whether the store of a cluster has everything.</summary>
/// <param name="Doubted">The flavors whose nodes are cordoned because of a loss that was accepted.</param>
internal sealed record ClusterStatus(IReadOnlyList<string> Doubted)
{
    /// <summary>What is lost and not accepted; absent: nothing.</summary>
    public StoreLossView? Loss { get; init; }
}
