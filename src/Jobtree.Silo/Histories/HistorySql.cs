using System.Text;
using Jobtree.Actors.Operations;

namespace Jobtree.Silo.Histories;

/// <summary>The statement of a page of the history, in SQL that SQLite and PostgreSQL share.</summary>
internal static class HistorySql
{
    /// <summary>The statement and its values.</summary>
    /// <param name="query">Filters and place.</param>
    /// <param name="limit">The most rows.</param>
    public static (string Text, IReadOnlyList<(string Name, object Value)> Values) Of(HistoryQuery query, int limit)
    {
        var text = new StringBuilder("SELECT namespace, name, state FROM ended_run WHERE hidden = 0");
        var values = new List<(string, object)>();
        void And(string condition, params (string, object)[] named)
        {
            text.Append(" AND ").Append(condition);
            values.AddRange(named);
        }
        if (query.Namespace is { } space)
            And("namespace = @namespace", ("namespace", space));
        if (query.Name is { } name)
            And("name = @name", ("name", name));
        if (query.Flavor is { } flavor)
            And("flavor = @flavor", ("flavor", flavor));
        if (query.Phase is { } phase)
            And("phase = @phase", ("phase", (int)phase));
        if (query.From is { } from)
            And("finished >= @from", ("from", from.UtcTicks));
        if (query.To is { } to)
            And("finished < @to", ("to", to.UtcTicks));
        if (query.Owner is { } owner)
            And(AtOrBelow("owner0"), ("owner0", owner));
        if (query.VisibleOwners is { } visible)
        {
            var names = visible.Select((value, i) => (Name: $"visible{i}", Value: (object)value)).ToArray();
            And(names.Length == 0 ? "1 = 0" : $"({string.Join(" OR ", names.Select(one => AtOrBelow(one.Name)))})",
                names);
        }
        if (query.Continue is { } token && HistoryPlace.Parse(token) is { } last)
            // The first comparison is what the index is searched by: a page costs no more than what it shows.
            And("finished <= @last AND (finished < @last OR (namespace, name, submitted) > " +
                "(@lastNamespace, @lastName, @lastSubmitted))", ("last", last.Finished.UtcTicks),
                ("lastNamespace", last.Run.Namespace), ("lastName", last.Run.Name),
                ("lastSubmitted", last.Submitted.UtcTicks));
        text.Append(" ORDER BY finished DESC, namespace, name, submitted LIMIT @limit");
        values.Add(("limit", limit));
        return (text.ToString(), values);
    }

    private static string AtOrBelow(string name) =>
        $"(owner = @{name} OR substr(owner, 1, length(@{name}) + 1) = @{name} || ':')";
}
