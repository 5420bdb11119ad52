using System.CommandLine;
using Jobtree.Api.Access;

namespace Jobtree.Silo.Commands;

/// <summary><c>token</c>: makes a token and adds its hash to a token file.</summary>
internal static class TokenCommand
{
    private const int DaysMax = 3650;

    public static Command Create()
    {
        var file = new Option<FileInfo>(
            "--file") { Description = "The token file; made if it is not there.", Required = true };
        var name = new Option<string>("--name") { Description = "The token's name, new in the file.", Required = true };
        var role = new Option<Role>("--role") { Description = "viewer, submitter or operator.", Required = true };
        var owners = new Option<string[]>(
            "--owner") { Description = "An owner that it acts for, with all below it; * for all. May be repeated.",
            Required = true };
        var days = new Option<double?>(
            "--days") { Description = "After how many days it is not accepted any more; left out, it is until it is "
                + "removed from the file." };
        days.Validators.Add(result =>
        {
            if (result.GetValue(days) is not (null or > 0 and <= DaysMax))
                result.AddError($"--days: a number above 0 and up to {DaysMax} is allowed.");
        });
        var command = new Command(
            "token", "Make a token; it is printed once and kept only as a hash.") { file, name, role, owners, days };
        command.SetAction(async (parsed, _) =>
        {
            try
            {
                await Console.Out.WriteLineAsync(TokenFile.Create(parsed.GetValue(file)!.FullName,
                    parsed.GetValue(name)!, parsed.GetValue(role), parsed.GetValue(owners)!,
                    parsed.GetValue(days) is { } ends ? DateTimeOffset.UtcNow.AddDays(ends) : null));
                return 0;
            }
            catch (TokenFileException refusal)
            {
                await Console.Error.WriteLineAsync($"jobtree: {refusal.Message}");
                return 1;
            }
        });
        return command;
    }
}
