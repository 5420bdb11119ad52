using System.CommandLine;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Http;
using Jobtree.Cli.Manifests;
using Jobtree.Cli.SigningIn;
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
            : OpenServer(parsed, access, notice);

    private Result<IFleetSession> OpenServer(ParseResult parsed, Access access, Action<string> notice)
    {
        var text = parsed.GetValue(globals.Server) ?? host.Environment(ServerAddress.Variable);
        if (!ServerAddress.TryParse(string.IsNullOrWhiteSpace(text) ? ServerAddress.Default : text, out var address,
            out var wrong))
            return new Problem(ProblemCode.Invalid, $"{ServerAddress.Variable}: {wrong}");
        var file = SignInFile.Of(address, host.Environment);
        if (!(access == Access.SignIn ? Credential.None : Find(parsed, file, notice)).Succeeded(
            out var credential, out var problem))
            return problem;
        var exposed = address.Scheme == Uri.UriSchemeHttp && !address.IsLoopback && !parsed.GetValue(globals.AllowHttp)
            ? new Problem(ProblemCode.Invalid,
                $"The token would travel readable to {address.Authority}. Use https, or --allow-http where the " +
                $"network is trusted.")
            : null;
        if (credential.Source is not null && exposed is not null)
            return exposed;
        var connection = new HttpConnection(address, credential);
        return Results.Of<IFleetSession>(new LiveSession(
            connection, new ServerSignIn(address, connection, file, exposed, host.Time), host.Time, notice));
    }

    /// <summary>The token of the command line, else of the environment, else of the sign-in at the server.</summary>
    private Result<Credential> Find(ParseResult parsed, SignInFile? file, Action<string> notice)
    {
        var named = parsed.GetValue(globals.TokenFile);
        if (!BearerToken.Find(named, host.Environment, notice).Succeeded(out var token, out var problem)
            && problem is not null)
            return problem;
        if (token is not null)
            return Credential.Of(token, named ?? BearerToken.Variable);
        if (file is null)
            return Credential.None;
        if (!file.Read().Succeeded(out var kept, out problem) && problem is not null)
            return problem;
        return kept is null ? Credential.None
            : new Credential(Credential.SignedIn, new SignInToken(file, kept, host.Time).Find);
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
