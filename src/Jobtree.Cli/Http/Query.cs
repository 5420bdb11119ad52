using System.Globalization;
using System.Text;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Output;
using Jobtree.Manifests.Reading;

namespace Jobtree.Cli.Http;

/// <summary>The query of a URL; absent values are omitted.</summary>
internal sealed class Query
{
    private readonly StringBuilder text = new();

    /// <summary>The filters of runs.</summary>
    public static Query Of(RunFilter query) => new Query()
        .And("namespace", query.Namespace).And("name", query.Name).And("owner", query.Owner)
        .And("flavor", query.Flavor).And("phase", query.Phase?.ToString());

    /// <summary>The filters of ended runs.</summary>
    public static Query Of(HistoryQuery query) => Of((RunFilter)query)
        .And("from", query.From is { } from ? Timestamp.Format(from) : null)
        .And("to", query.To is { } to ? Timestamp.Format(to) : null);

    /// <summary>The filters of nodes.</summary>
    public static Query Of(NodeQuery query) => new Query()
        .And("flavor", query.Flavor).And("state", query.State?.ToString()).And("domain", query.Domain);

    /// <summary>The filters of leases.</summary>
    public static Query Of(LeaseQuery query) => new Query()
        .And("run", query.Run?.ToString()).And("flavor", query.Flavor).And("node", query.Node)
        .And("class", query.Class is { } fundingClass ? Cell.LowerCase(fundingClass) : null).And(
            "ended", query.IncludeEnded ? "true" : null)
        .And("at", query.At is { } at ? Timestamp.Format(at) : null);

    /// <summary>The interval and filters of use.</summary>
    public static Query Of(UsageQuery query) => new Query()
        .And("from", Timestamp.Format(query.From)).And("to", query.To is { } to ? Timestamp.Format(to) : null)
        .And("by", query.By.ToString()).And("owner", query.Owner).And("flavor", query.Flavor);

    /// <summary>Adds a parameter.</summary>
    public Query And(string name, string? value)
    {
        if (value is not null)
            text.Append(text.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        return this;
    }

    /// <summary>Adds the paging parameters.</summary>
    public Query AndPage(int limit, string? next) =>
        And("limit", limit.ToString(CultureInfo.InvariantCulture)).And("continue", next);

    public override string ToString() => text.ToString();
}
