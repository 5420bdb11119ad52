using System.CommandLine;
using Jobtree.Manifests;

namespace Jobtree.Cli.Commands;

/// <summary>An option for a text of one line that others will read.</summary>
internal static class LineOption
{
    /// <summary>Creates the option.</summary>
    /// <param name="name">Its name, such as <c>--reason</c>.</param>
    /// <param name="description">What the text is for.</param>
    public static Option<string?> Create(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "text" };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && !OneLine.Is(text))
                result.AddError($"{name} takes {OneLine.Allowed}.");
        });
        return option;
    }
}
