using System.CommandLine;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Http;
using Jobtree.Cli.Manifests;
using Jobtree.Cli.State;

namespace Jobtree.Cli.Sessions;

/// <summary>Opens the fleet that the command line names.</summary>
/// <param name="host">The source of environment variables, the clock and fleets.</param>
/// <param name="globals">The options that name the fleet.</param>
internal sealed class SessionOpener(CliHost host, GlobalOptions globals)
{
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(10);

    /// <summary>Opens the fleet.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="access">How the command uses the fleet.</param>
    /// <param name="notice">Receives lines for standard error.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<Result<IFleetSession>> Open(
        ParseResult parsed, Access access, Action<string> notice, CancellationToken cancellation) =>
        parsed.GetValue(globals.State) is { } path
            ? await OpenState(path, access, notice, cancellation)
            : OpenServer(parsed, notice);

    private Result<IFleetSession> OpenServer(ParseResult parsed, Action<string> notice)
    {
        var text = parsed.GetValue(globals.Server) ?? host.Environment(ServerAddress.Variable);
        if (!ServerAddress.TryParse(string.IsNullOrWhiteSpace(text) ? ServerAddress.Default : text, out var address,
            out var wrong))
            return new Problem(ProblemCode.Invalid, $"{ServerAddress.Variable}: {wrong}");
        if (!BearerToken.Find(parsed.GetValue(globals.TokenFile), host.Environment, notice)
            .Succeeded(out var token, out var problem) && problem is not null)
            return problem;
        if (token is not null && address.Scheme == Uri.UriSchemeHttp && !address.IsLoopback
            && !parsed.GetValue(globals.AllowHttp))
        {
            return new Problem(
                ProblemCode.Invalid,
                $"The token would travel readable to {address.Authority}. Use https, or --allow-http where the " +
                $"network is trusted.");
        }
        return Results.Of<IFleetSession>(new LiveSession(new HttpConnection(address, token), host.Time, notice));
    }

    private async Task<Result<IFleetSession>> OpenState(
        string path, Access access, Action<string> notice, CancellationToken cancellation)
    {
        if (!StateFile.Find(path).Succeeded(out var file, out var absent))
            return absent;
        var exclusive = default(StateLock);
        if (access.MayChange()
            && !(await StateLock.Take(file.Path, LockPatience, host.Time, notice, cancellation)).Succeeded(
                out exclusive, out var busy))
            return busy;
        var opened = await Load(file, path, access, notice, cancellation);
        if (opened.Succeeded(out var fleet, out var problem))
            return Results.Of<IFleetSession>(new StateSession(file, exclusive, fleet));
        exclusive?.Dispose();
        return problem;
    }

    private async Task<Result<IStateFleet>> Load(
        StateFile file, string path, Access access, Action<string> notice, CancellationToken cancellation)
    {
        if (access is Access.Create or Access.DryRun && !file.Exists)
        {
            notice($"There is no {path} yet; it {(access == Access.Create ? "is" : "would be")} made.");
            return await host.Fleets([], host.Time, cancellation);
        }
        if (!(await file.Read(cancellation)).Succeeded(out var text, out var unreadable))
            return unreadable;
        return ManifestText.ReadState(text, path).Succeeded(out var documents, out var invalid)
            ? await host.Fleets(documents, host.Time, cancellation)
            : invalid;
    }
}
