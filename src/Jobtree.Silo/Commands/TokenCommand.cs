using System.CommandLine;
using Jobtree.Api.Access;

namespace Jobtree.Silo.Commands;

/// <summary><c>token</c>: makes a token and adds its hash to a token file.</summary>
internal static class TokenCommand
{
    public static Command Create()
    {
        var file = new Option<FileInfo>(
            "--file") { Description = "The token file; made if it is not there.", Required = true };
        var name = new Option<string>("--name") { Description = "The token's name, new in the file.", Required = true };
        var role = new Option<Role>("--role") { Description = "viewer, submitter or operator.", Required = true };
        var owners = new Option<string[]>(
            "--owner") { Description = "An owner that it acts for, with all below it; * for all. May be repeated.",
            Required = true };
        var command = new Command(
            "token", "Make a token; it is printed once and kept only as a hash.") { file, name, role, owners };
        command.SetAction(async (parsed, _) =>
        {
            try
            {
                await Console.Out.WriteLineAsync(TokenFile.Create(parsed.GetValue(file)!.FullName,
                    parsed.GetValue(name)!, parsed.GetValue(role), parsed.GetValue(owners)!));
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
