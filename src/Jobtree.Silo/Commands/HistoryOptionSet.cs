using System.CommandLine;
using Npgsql;

namespace Jobtree.Silo.Commands;

/// <summary>The options of <c>up</c> that give a cluster a history.</summary>
internal sealed class HistoryOptionSet
{
    private const string Name = "--history-postgres";
    private const string Variable = "JOBTREE_HISTORY_POSTGRES";
    private const string Form =
        "write Host=…;Database=…;Username=…, then options such as Password=…;SSL Mode=VerifyFull";

    private readonly Option<string?> connection = new(Name)
    {
        Description = "With --redis: keep every run that ended in this PostgreSQL: Host=…;Database=…;Username=…. With "
            + $"a password use {Name}-file, or the variable {Variable}. Without it, runs that are not listed any more "
            + "are gone.",
    };
    private readonly Option<FileInfo?> file = new($"{Name}-file")
    {
        Description = $"A file with what {Name} takes.",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(connection);
        command.Options.Add(file);
    }

    /// <summary>The configured connection, if any.</summary>
    /// <exception cref="ArgumentException">The options are invalid; the message does not contain the connection
    /// string.</exception>
    public NpgsqlConnectionStringBuilder? Read(ParseResult parsed) => Postgres(
        parsed.GetValue(connection), parsed.GetValue(file), Environment.GetEnvironmentVariable(Variable));

    /// <summary>The configured connection, if any; an option overrides the variable.</summary>
    internal static NpgsqlConnectionStringBuilder? Postgres(string? argument, FileInfo? file, string? variable)
    {
        if (ConnectionText.Given(Name, argument, file, Variable, variable) is not var (text, from))
            return null;
        // The parser's own message may repeat a password.
        return Parsed(text) ?? throw new ArgumentException($"{from} is not a PostgreSQL connection: {Form}.");
    }

    private static NpgsqlConnectionStringBuilder? Parsed(string text)
    {
        try
        {
            // Options that contradict each other are noticed by a pool only; it connects to nothing yet.
            NpgsqlDataSource.Create(text).Dispose();
            return new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception malformed) when (malformed is ArgumentException or FormatException
            or InvalidOperationException or NotSupportedException)
        {
            return null;
        }
    }
}
