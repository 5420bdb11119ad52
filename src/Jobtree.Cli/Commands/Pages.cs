using System.CommandLine;
using Jobtree.Actors.Operations;

namespace Jobtree.Cli.Commands;

/// <summary>Reads lists page by page.</summary>
internal static class Pages
{
    private const int LimitDefault = 10_000;

    /// <summary>The option that limits a list.</summary>
    public static Option<int> LimitOption()
    {
        var option = new Option<int>("--limit") { Description = "List no more than this many.", HelpName = "count",
            DefaultValueFactory = _ => LimitDefault };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !(int.TryParse(result.Tokens[0].Value, out var limit) && limit >= 1))
                result.AddError("--limit takes a whole number from 1.");
        });
        return option;
    }

    /// <summary>Reads the first items of a list, and gives a notice if there are more.</summary>
    /// <typeparam name="T">The items' type.</typeparam>
    /// <param name="context">Receives the notice.</param>
    /// <param name="limit">The maximum number of items.</param>
    /// <param name="page">Reads a page of a given size from a given position.</param>
    public static async Task<Result<IReadOnlyList<T>>> Read<T>(
        CommandContext context, int limit, Func<int, string?, Task<Result<Page<T>>>> page)
    {
        var items = new List<T>();
        var next = default(string);
        do
        {
            if (!(await page(Math.Min(limit - items.Count, RunQuery.LimitMax), next))
                .Succeeded(out var read, out var problem))
                return problem;
            items.AddRange(read.Items);
            next = read.Continue;
        }
        while (next is not null && items.Count < limit);
        if (next is not null)
            context.Notice($"There are more than {items.Count}; see --limit.");
        return Results.Of<IReadOnlyList<T>>(items);
    }
}
