"""A service's way by boto3 alone: from a repository to a target that is in service. Prints what it saw as JSON."""

import gzip
import hashlib
import io
import json
import os
import sys
import tarfile
import urllib.parse
import urllib.request

import boto3
from botocore.exceptions import ClientError

PORT = int(sys.argv[1])
APP = b"""
const { createServer } = require('node:http');
createServer((request, response) => response.end(process.env.SAY)).listen(process.env.PORT, '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
"""
QUICK = {"Delay": 1, "MaxAttempts": 60}
ecr, ecs, elb, sts = (boto3.client(name) for name in ("ecr", "ecs", "elbv2", "sts"))


def digest_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def push(repository, tag):
    """One layer with a program, through the registry's own protocol; its manifest through ECR. Returns the image's name."""
    (login,) = ecr.get_authorization_token()["authorizationData"]
    registry, headers = login["proxyEndpoint"], {"Authorization": "Basic " + login["authorizationToken"]}
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo("app.js")
        entry.size = len(APP)
        tar.addfile(entry, io.BytesIO(APP))
    layer = gzip.compress(archive.getvalue())
    config = json.dumps(
        {
            "os": "linux",
            "architecture": "arm64" if os.uname().machine in ("arm64", "aarch64") else "amd64",
            "config": {"Cmd": ["node", "/app.js"]},
            "rootfs": {"type": "layers", "diff_ids": [digest_of(archive.getvalue())]},
        }
    ).encode()
    for blob in (layer, config):
        begin = urllib.request.Request(f"{registry}/v2/{repository}/blobs/uploads/", method="POST", headers=headers)
        location = urllib.request.urlopen(begin).headers["Location"]
        url = urllib.parse.urljoin(registry, location)
        url += ("&" if "?" in url else "?") + "digest=" + digest_of(blob)
        urllib.request.urlopen(urllib.request.Request(url, data=blob, method="PUT", headers=headers))
    oci = "application/vnd.oci.image"
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{oci}.manifest.v1+json",
        "config": {"mediaType": f"{oci}.config.v1+json", "digest": digest_of(config), "size": len(config)},
        "layers": [{"mediaType": f"{oci}.layer.v1.tar+gzip", "digest": digest_of(layer), "size": len(layer)}],
    }
    ecr.put_image(repositoryName=repository, imageTag=tag, imageManifest=json.dumps(manifest))
    return f"{registry.split('//')[1]}/{repository}:{tag}"


def refusal(ask, **arguments):
    try:
        ask(**arguments)
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return "no refusal"


saw = {"arn": sts.get_caller_identity()["Arn"]}
ecr.create_repository(repositoryName="shop")
image = push("shop", "v1")
ecs.create_cluster(clusterName="c")
ecs.register_task_definition(
    family="shop",
    containerDefinitions=[
        {
            "name": "web",
            "image": image,
            "memory": 128,
            "environment": [{"name": "SAY", "value": "one"}],
            "portMappings": [{"containerPort": 8080}],
        }
    ],
)
(group,) = elb.create_target_group(
    Name="shop",
    Protocol="HTTP",
    Port=80,
    VpcId="vpc-1",
    HealthCheckIntervalSeconds=5,
    HealthCheckTimeoutSeconds=2,
    HealthyThresholdCount=2,
)["TargetGroups"]
# ECS counts a task that drains as running, and ecs-deploy waits for it.
delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "0"}
elb.modify_target_group_attributes(TargetGroupArn=group["TargetGroupArn"], Attributes=[delay])
(balancer,) = elb.create_load_balancer(Name="shop", Subnets=["subnet-a", "subnet-b"])["LoadBalancers"]
elb.get_waiter("load_balancer_available").wait(LoadBalancerArns=[balancer["LoadBalancerArn"]])
forward = [{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}]
elb.create_listener(
    LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=PORT, DefaultActions=forward
)
ecs.create_service(
    cluster="c",
    serviceName="web",
    taskDefinition="shop",
    desiredCount=1,
    loadBalancers=[
        {"targetGroupArn": group["TargetGroupArn"], "containerName": "web", "containerPort": 8080}
    ],
)
ecs.get_waiter("services_stable").wait(cluster="c", services=["web"], WaiterConfig=QUICK)
pages = ecs.get_paginator("list_tasks").paginate(cluster="c", PaginationConfig={"PageSize": 1})
tasks = [arn for page in pages for arn in page["taskArns"]]
ecs.get_waiter("tasks_running").wait(cluster="c", tasks=tasks, WaiterConfig=QUICK)
elb.get_waiter("target_in_service").wait(TargetGroupArn=group["TargetGroupArn"], WaiterConfig=QUICK)
saw["answer"] = urllib.request.urlopen(f"http://127.0.0.1:{PORT}/").read().decode()

# As amazon-ecs-render-task-definition and its deploying half do: what was described is registered again.
described = ecs.describe_task_definition(taskDefinition="shop")["taskDefinition"]
saw["outputs"] = sorted(described)
members = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
registered = ecs.register_task_definition(**{name: described[name] for name in described if name in members})
saw["revision"] = registered["taskDefinition"]["revision"]
ecs.update_service(
    cluster="c",
    service="web",
    taskDefinition=registered["taskDefinition"]["taskDefinitionArn"],
    forceNewDeployment=True,
)
ecs.get_waiter("services_stable").wait(cluster="c", services=["web"], WaiterConfig=QUICK)
started = ecs.run_task(
    cluster="c",
    taskDefinition="shop",
    overrides={"containerOverrides": [{"name": "web", "command": ["node", "-e", "process.exit(7)"]}]},
)["tasks"][0]["taskArn"]
ecs.get_waiter("tasks_stopped").wait(cluster="c", tasks=[started], WaiterConfig=QUICK)
(ran,) = ecs.describe_tasks(cluster="c", tasks=[started])["tasks"]
saw["exitCode"] = ran["containers"][0]["exitCode"]
guess = boto3.client("ecs", aws_secret_access_key="guessed", aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"])
saw["refusals"] = [
    refusal(ecs.delete_cluster, cluster="c"),
    refusal(ecs.delete_service, cluster="c", service="web"),
    refusal(ecs.update_service, cluster="c", service="nobody"),
    refusal(ecr.delete_repository, repositoryName="shop"),
    refusal(guess.list_clusters).split(" we calculated")[0],
]
print(json.dumps(saw))
