//! The application form as written by the program follows its published schema.

use std::process::Command;

use qoltanba::housing::application::{Attachment, Person, Representative, SCHEMA};
use qoltanba::housing::{Application, Category, Language};

use crate::common::has_tool;

fn person(surname: &str) -> Person {
    Person {
        iin: "850315300128".to_owned(),
        surname: surname.to_owned(),
        given_name: "Әсет".to_owned(),
        patronymic: Some("Ғалымұлы".to_owned()),
    }
}

#[test]
fn applications_follow_the_schema() {
    if !has_tool("xmllint") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let schema = folder.path().join("application.xsd");
    std::fs::write(&schema, SCHEMA).expect("written");
    for (language, category) in [(Language::Kk, Category::Vulnerable), (Language::Ru, Category::ALL[0])] {
        let document = Application {
            language,
            applicant: person("Мысалов & <ұлы>"),
            representative: (language == Language::Ru).then(|| Representative {
                person: person("Мысалов"),
                number: "7-12".to_owned(),
                given: jiff::civil::date(2026, 1, 12),
                until: jiff::civil::date(2027, 1, 11),
            }),
            address: "Алматы қ., Мысал көшесі, 1-үй".to_owned(),
            phone: "+7 727 000 00 00".to_owned(),
            email: Some("mysal@example.kz".to_owned()),
            category,
            family: vec![(person("Мысалова"), "spouse".to_owned())],
            housing_check: true,
            data_processing: true,
            notification_email: Some("mysal@example.kz".to_owned()),
            centre: None,
            attachments: vec![Attachment {
                document_code: "D7".to_owned(),
                file_name: "табыс.pdf".to_owned(),
                media_type: "application/pdf".to_owned(),
                size: 1,
                sha256: [0xAB; 32],
            }],
        }
        .to_xml();
        let file = folder.path().join("application.xml");
        std::fs::write(&file, &document).expect("written");
        let checked = Command::new("xmllint")
            .args(["--noout", "--schema"])
            .args([&schema, &file])
            .output()
            .expect("xmllint runs");
        assert!(checked.status.success(), "{}\n{document}", String::from_utf8_lossy(&checked.stderr));
    }
}
