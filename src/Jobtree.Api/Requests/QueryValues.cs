using System.Globalization;
using Jobtree.Actors.Operations;
using Jobtree.Api.Access;
using Jobtree.Api.Problems;
using Jobtree.Core.Model;
using Jobtree.Manifests.Reading;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Requests;

/// <summary>
/// The query parameters of a request. An invalid parameter is recorded as an error and reading continues, so that a
/// caller gets all errors at once. Read every parameter, then check <see cref="Problem"/>.
/// </summary>
internal sealed class QueryValues
{
    private const int LengthMax = 512;
    private readonly IQueryCollection? values;
    private List<string>? errors;

    public QueryValues(HttpRequest request, IReadOnlyList<QueryParameter> allowed)
    {
        if (!request.QueryString.HasValue)
            return;
        values = request.Query;
        foreach (var (name, given) in values)
        {
            if (!allowed.Any(parameter => parameter.Name == name))
                Unknown(name, allowed);
            else if (given.Count > 1)
                Wrong($"{name}: given {given.Count} times; once is allowed");
            else if (given[0]!.Length > LengthMax)
                Wrong($"{name}: longer than {LengthMax} characters");
        }
    }

    /// <summary>The errors of the parameters read so far.</summary>
    public ApiProblem? Problem =>
        errors is null ? null : new ApiProblem(
            ProblemKind.BadRequest, "The query is not right; nothing was done.", errors);

    public string? Text(string name) =>
        values is not null && values.TryGetValue(name, out var given) && given is [{ Length: > 0 } value] ? value
            : null;

    public string? Owner(string name)
    {
        var text = Text(name);
        if (text is not null && !OwnerPaths.IsPath(text))
            Wrong($"{name}: not an owner; {OwnerPaths.Allowed}");
        return text;
    }

    public bool Flag(string name)
    {
        switch (Text(name))
        {
            case null or "false":
                return false;
            case "true":
                return true;
            default:
                Wrong($"{name}: true or false");
                return false;
        }
    }

    public TEnum? Word<TEnum>(string name)
        where TEnum : struct, Enum
    {
        if (Text(name) is not { } text)
            return null;
        foreach (var value in Enum.GetValues<TEnum>())
        {
            if (string.Equals(value.ToString(), text, StringComparison.OrdinalIgnoreCase))
                return value;
        }

        Wrong($"{name}: one of {string.Join(", ", Enum.GetNames<TEnum>())}");
        return null;
    }

    public RunKey? Run(string name)
    {
        if (Text(name) is not { } text)
            return null;
        if (RunKey.TryParse(text, out var key))
            return key;
        Wrong($"{name}: a run is written namespace/name");
        return null;
    }

    /// <summary>An instant in RFC 3339.</summary>
    public DateTimeOffset? Instant(string name)
    {
        if (Text(name) is not { } text)
            return null;
        if (Timestamp.TryParse(text, out var instant))
            return instant;
        Wrong($"{name}: {Timestamp.Allowed}");
        return null;
    }

    /// <summary>A whole number in a range.</summary>
    public long? Number(string name, long min, long max)
    {
        if (Text(name) is not { } text)
            return null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= min && number <= max)
            return number;
        Wrong(string.Create(CultureInfo.InvariantCulture, $"{name}: a whole number from {min}"));
        return null;
    }

    public int Limit()
    {
        const int byDefault = 100;
        if (Text("limit") is not { } text)
            return byDefault;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            && limit is >= 1 and <= RunQuery.LimitMax)
            return limit;
        Wrong($"limit: a whole number from 1 to {RunQuery.LimitMax}");
        return byDefault;
    }

    /// <summary>
    /// The version to watch after, from a parameter or a header. The header wins, because a browser sends it on
    /// reconnect.
    /// </summary>
    public long? Version(string name, string? header)
    {
        if ((string.IsNullOrEmpty(header) ? Text(name) : header) is not { } text)
            return null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
            return version;
        Wrong($"{name}: the version of a change, a whole number from 0");
        return null;
    }

    // An unknown name is echoed shortened and without characters that a terminal could interpret.
    private static string Shown(string name)
    {
        const int shownMax = 64;
        var text = name.Length <= shownMax ? name : name[..shownMax];
        return string.Concat(text.Select(letter => char.IsControl(letter) ? '?' : letter));
    }

    private void Unknown(string name, IReadOnlyList<QueryParameter> allowed)
    {
        var names = allowed.Count == 0 ? "none" : string.Join(", ", allowed.Select(parameter => parameter.Name));
        Wrong($"unknown parameter '{Shown(name)}'; allowed here: {names}");
    }

    private void Wrong(string error) => (errors ??= []).Add(error);
}
