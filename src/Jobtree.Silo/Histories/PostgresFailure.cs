using System.Data.Common;
using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;

namespace Jobtree.Silo.Histories;

/// <summary>Why PostgreSQL did not do what was asked.</summary>
/// <param name="Reason">The reason for operators: no hosts, users or secrets.</param>
/// <param name="IsOutage">Whether nothing can be asked now, and not only this.</param>
internal sealed record PostgresFailure(string Reason, bool IsOutage)
{
    private const string Needs = "the history needs SELECT, INSERT and UPDATE on ended_run, SELECT on "
        + "ended_run_schema, and once CREATE on their schema";

    /// <summary>
    /// The failure that an exception indicates. Only the code of an error is shown: the message may name hosts, users
    /// and values. The exception is not passed on as an inner exception, because those are logged and travel between
    /// silos.
    /// </summary>
    public static PostgresFailure Of(Exception failure) => failure switch
    {
        InvalidDataException refused => new(refused.Message, true),
        PostgresException error => OfCode(error.SqlState),
        TimeoutException or { InnerException: TimeoutException } => new("PostgreSQL does not answer.", true),
        _ => new("PostgreSQL cannot be reached.", true),
    };

    /// <summary>Whether a call failed in PostgreSQL or on the way to it.</summary>
    /// <param name="failure">The exception of the call.</param>
    /// <param name="asked">The caller's cancellation.</param>
    public static bool Is(Exception failure, CancellationToken asked) =>
        failure is DbException or TimeoutException or SocketException or IOException or InvalidDataException
            or AuthenticationException or ObjectDisposedException
        || (failure is OperationCanceledException && !asked.IsCancellationRequested);

    /// <summary>
    /// Whether a call may succeed on another connection: this one was cut, as by a restart of the server, or had to
    /// give way to another.
    /// </summary>
    public static bool IsPassing(Exception failure) => failure switch
    {
        PostgresException error => error.SqlState is PostgresErrorCodes.AdminShutdown
            or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.DeadlockDetected
            or PostgresErrorCodes.SerializationFailure,
        NpgsqlException broken => broken is { IsTransient: true, InnerException: not TimeoutException },
        _ => false,
    };

    private static PostgresFailure OfCode(string code) => code switch
    {
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow =>
            new($"PostgreSQL is starting or stopping ({code}).", true),
        PostgresErrorCodes.TooManyConnections => new($"PostgreSQL has no connection left ({code}).", true),
        PostgresErrorCodes.InvalidCatalogName => new($"PostgreSQL has no such database ({code}).", true),
        PostgresErrorCodes.InsufficientPrivilege =>
            new($"PostgreSQL does not allow this user what it needs ({code}): {Needs}.", false),
        PostgresErrorCodes.InvalidSchemaName =>
            new($"PostgreSQL has no schema for this user in which to create tables ({code}).", false),
        PostgresErrorCodes.UndefinedTable => new($"PostgreSQL has lost the tables of the history ({code}).", false),
        PostgresErrorCodes.DiskFull => new($"PostgreSQL refuses writes: its disk is full ({code}).", false),
        PostgresErrorCodes.ReadOnlySqlTransaction =>
            new($"PostgreSQL refuses writes: this server is a standby, or read-only ({code}).", false),
        PostgresErrorCodes.QueryCanceled => new($"PostgreSQL cancelled the statement ({code}).", false),
        ['2', '8', ..] => new($"PostgreSQL does not accept the credentials ({code}).", true),
        ['0', '8', ..] => new($"PostgreSQL cannot be reached ({code}).", true),
        _ => new($"PostgreSQL refuses the statement ({code}).", false),
    };
}
