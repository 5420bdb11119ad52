using System.Text;
using Jobtree.Actors.Operations;

namespace Jobtree.Silo.Histories;

/// <summary>The statement of a page of the history, in SQL that SQLite and PostgreSQL share.</summary>
internal static class HistorySql
{
    private const string None = "1 = 0";

    /// <summary>The owner that is above all, see <see cref="Jobtree.Core.Funding.OwnerPattern"/>.</summary>
    private const string EveryOwner = "*";

    /// <summary>The statement and its values.</summary>
    /// <param name="query">Filters and place.</param>
    /// <param name="limit">The most rows.</param>
    public static (string Text, IReadOnlyList<(string Name, object Value)> Values) Of(HistoryQuery query, int limit)
    {
        var text = new StringBuilder("SELECT namespace, name, state FROM ended_run WHERE hidden = 0");
        var values = new List<(string, object)>();
        void And(string condition, params (string Name, object Value)[] named)
        {
            var canMatch = named.All(one => one.Value is not string value || IsText(value));
            text.Append(" AND ").Append(canMatch ? condition : None);
            values.AddRange(canMatch ? named : []);
        }
        var place = query.Continue is { } token ? HistoryPlace.Parse(token) : null;
        // An index is searched by this even on the first page: without it SQLite sorts the whole table for one page.
        And("finished <= @last", ("last", place?.Finished.UtcTicks ?? long.MaxValue));
        if (place is { Run: var run, Submitted: var submitted })
            And("(finished < @last OR (namespace, name, submitted) > (@lastNamespace, @lastName, @lastSubmitted))",
                ("lastNamespace", run.Namespace), ("lastName", run.Name), ("lastSubmitted", submitted.UtcTicks));
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
        if (query.Owner is { } owner and not EveryOwner)
            And(AtOrBelow("owner0"), ("owner0", owner));
        if (query.VisibleOwners is { } visible && !visible.Contains(EveryOwner))
        {
            var names = visible.Select((value, i) => (Name: $"visible{i}", Value: (object)value)).ToArray();
            And(names.Length == 0 ? None : $"({string.Join(" OR ", names.Select(one => AtOrBelow(one.Name)))})",
                names);
        }
        text.Append(" ORDER BY finished DESC, namespace, name, submitted LIMIT @limit");
        values.Add(("limit", limit));
        return (text.ToString(), values);
    }

    /// <summary>
    /// Whether a string may be text in a database: PostgreSQL refuses a zero character, and half of a surrogate pair
    /// has no encoding. Names have neither, so what asks for them matches nothing.
    /// </summary>
    /// <param name="value">The string.</param>
    public static bool IsText(string value) => !value.Any(static one => one is '\0' || char.IsSurrogate(one));

    private static string AtOrBelow(string name) =>
        $"(owner = @{name} OR substr(owner, 1, length(@{name}) + 1) = @{name} || ':')";
}
