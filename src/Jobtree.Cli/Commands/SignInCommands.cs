using System.CommandLine;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Http;
using Jobtree.Cli.Output;
using Jobtree.Cli.SigningIn;

namespace Jobtree.Cli.Commands;

/// <summary><c>login</c> and <c>logout</c>: a token for a server, and to be rid of it.</summary>
internal static class SignInCommands
{
    private static readonly Problem NoServer =
        new(ProblemCode.Invalid, "A state file asks nobody to sign in. Name a server.");

    /// <summary>Creates <c>login</c>.</summary>
    public static Command Login(CommandRunner runner)
    {
        var command = new Command("login",
            "Sign in at the server's issuer with a code that you enter in a browser, on any device. The token is kept "
            + "for this server until it ends or you sign out.");
        runner.SignIn(command, async (context, cancellation) =>
        {
            if (context.Session.SignIn is not { } signIn)
                return NoServer;
            if (!(await signIn.In(code => Show(context, code), cancellation)).Succeeded(out var told, out var problem))
                return problem;
            WhoAmICommand.Print(context, told, Credential.SignedIn);
            if (!string.IsNullOrWhiteSpace(context.Host.Environment(BearerToken.Variable)))
                context.Notice($"{BearerToken.Variable} is set and goes before the sign-in; unset it.");
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Creates <c>logout</c>.</summary>
    public static Command Logout(CommandRunner runner)
    {
        var command = new Command("logout",
            "Remove the token that login has kept for the server, and have the issuer take back what renews it.");
        runner.SignIn(command, async (context, cancellation) =>
        {
            if (context.Session.SignIn is not { } signIn)
                return NoServer;
            if (!(await signIn.Out(cancellation)).Succeeded(out var told, out var problem))
                return problem;
            context.Notice(told);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(CommandContext context, DeviceCode code)
    {
        context.Notice($"Open {code.Page.AbsoluteUri} and enter the code {code.UserCode}");
        if (code.PageWithCode is { } page)
            context.Notice($"or open {page.AbsoluteUri}");
        context.Notice($"Waiting for at most {Humanize.Span(code.Lifetime)}.");
    }
}
