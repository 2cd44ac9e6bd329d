"""Calls every tool, the resource and the prompt with the official Python client. Arguments: the address of /mcp, and a project."""
import asyncio
import json
import sys

from mcp import Client

TOOLS = {"hold_files", "release_files", "who_holds", "wait_for_files", "hand_over", "my_holds"}


async def main(url, project):
    async with Client(url, read_timeout_seconds=30) as client:
        tools = (await client.list_tools()).tools
        assert {tool.name for tool in tools} == TOOLS, tools
        assert all(tool.output_schema and tool.description and tool.annotations for tool in tools)

        async def call(name, error=False, **arguments):
            result = await client.call_tool(name, {"project": project, **arguments})
            assert result.is_error is error, (name, result)
            if result.structured_content is not None:
                assert json.loads(result.content[0].text) == result.structured_content, result
            return result.structured_content or result.content[0].text

        held = await call("hold_files", paths=["src/a.ts", "lib/"], reason="new checkout")
        assert [hold["path"] for hold in held["holds"]] == [f"/{project}/lib/", f"/{project}/src/a.ts"], held
        mine = held["session"]
        refused = await call("hold_files", error=True, paths=["lib/x.ts"], session="codex/py")
        assert mine in refused["message"] and "new checkout" in refused["message"], refused
        who = await call("who_holds", paths=["lib/x.ts", "src/"])
        assert {hold["path"] for hold in who["holds"]} == {f"/{project}/lib/", f"/{project}/src/a.ts"}, who
        late = await call("wait_for_files", error=True, paths=["src/a.ts"], session="codex/py", wait_seconds=1)
        assert late["holds"][0]["holder"] == mine, late
        assert len((await call("my_holds"))["holds"]) == 2
        await call("hand_over", path="src/a.ts", to_session="codex/py")
        again = await call("hold_files", paths=["src/a.ts"], session="codex/py")
        assert again["holds"][0]["holder"] == "codex/py", again
        free = asyncio.create_task(call("wait_for_files", paths=["src/a.ts"], wait_seconds=20))
        await asyncio.sleep(0.3)
        assert (await call("release_files", session="codex/py"))["released"] == [f"/{project}/src/a.ts"]
        await free
        assert "Correct it" in await call("hold_files", error=True, paths=["../x"])

        uri = f"heddle://holds/{project}"
        assert uri in [str(resource.uri) for resource in (await client.list_resources()).resources]
        content = json.loads((await client.read_resource(uri)).contents[0].text)
        assert [hold["path"] for hold in content["holds"]] == [f"/{project}/lib/"], content
        prompt = await client.get_prompt("working-with-holds")
        assert "hold_files" in prompt.messages[0].content.text, prompt
        assert (await call("release_files"))["released"] == [f"/{project}/lib/"]


asyncio.run(main(*sys.argv[1:]))
print("every tool answered")
